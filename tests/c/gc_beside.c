// The end of a stack is no pointer to what lies behind it: blocks beside the stacks of workers and
// goroutines are freed.
// env: GOMAXPROCS=4

#include <stdatomic.h>
#include <stdio.h>
#include <worldsema.h>

enum { Workers = 3, PerWorker = 30, Blocks = Workers * PerWorker, Bytes = 40 << 10 };

static GoWeak *weak[Blocks];
static atomic_int running, over;

static void
spin(void *arg)
{
	atomic_fetch_add(&running, 1);
	while (!atomic_load(&over))
		;
	go_chan_send(arg, NULL);
}

// On a stack that is gone afterwards.
static void
fill(void *arg)
{
	GoChan *spun = arg;

	for (int i = 0; i < Workers; i++) {
		go(spin, spun); // on a worker of its own
		while (atomic_load(&running) <= i)
			;
		for (int k = 0; k < PerWorker; k++)
			weak[i * PerWorker + k] = go_weak_make(go_alloc_noscan(Bytes));
	}
	go_chan_send(spun, NULL);
}

int
main(void)
{
	GoChan *done = go_chan_make(0, 0);
	int kept = 0;

	go(fill, done);
	go_chan_recv(done, NULL);
	go_gosched();
	go_gc();
	go_gc();
	for (int i = 0; i < Blocks; i++)
		kept += go_weak_value(weak[i]) != NULL;
	printf("kept: %d\n", kept);
	atomic_store(&over, 1);
	for (int i = 0; i < Workers; i++)
		go_chan_recv(done, NULL);
	return 0;
}
