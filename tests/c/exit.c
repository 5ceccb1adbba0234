// go_exit ends only the goroutine that calls it: main, one deep down, one in a deferred call,
// one that others wait for.

#include "check.h"

static GoChan *c;
static GoWaitGroup wg;

static void
done(void *unused)
{
	(void)unused;
	go_waitgroup_done(&wg);
}

__attribute__((noinline)) static int
deep(int n)
{
	volatile int here = n;

	if (n == 0)
		go_exit();
	return deep(n - 1) + here;
}

static void
leaver(void *arg)
{
	go_defer(done, NULL);
	deep((int)(intptr_t)arg);
	check(!"left");
}

// main is gone: this one ends the program.
static void
last(void *unused)
{
	(void)unused;
	go_chan_recv(c, NULL);
	until(go_num_goroutine() == 1);
	printf("main is gone, %d left\n", go_num_goroutine());
	fflush(stdout);
	exit(0);
}

static void
farewell(void *unused)
{
	(void)unused;
	printf("main leaves\n");
	go_chan_close(c);
}

int
main(void)
{
	c = go_chan_make(0, 0);
	go_waitgroup_add(&wg, 100);
	for (intptr_t i = 0; i < 100; i++)
		go(leaver, (void *)(i % 50));
	go_waitgroup_wait(&wg);
	until(go_num_goroutine() == 1);
	printf("a hundred left\n");
	go(last, NULL);
	go_defer(farewell, NULL);
	return deep(10);
}
