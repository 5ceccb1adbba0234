// Many readers or one writer. A writer that waits holds back new readers.

#include "check.h"

static GoRWMutex rw;
static int32_t activity; // readers inside, + 10000 for a writer
static int rounds;
static GoWaitGroup wg;

static void
dawdle(int n)
{
	if (n % 5 == 0)
		go_gosched();
	for (volatile int i = 0; i < n % 100; i++)
		;
}

static void
reader(void *unused)
{
	(void)unused;
	for (int i = 0; i < rounds; i++) {
		int32_t n;

		go_rwmutex_rlock(&rw);
		n = __atomic_add_fetch(&activity, 1, __ATOMIC_SEQ_CST);
		check(n >= 1 && n < 10000);
		dawdle(i);
		__atomic_sub_fetch(&activity, 1, __ATOMIC_SEQ_CST);
		go_rwmutex_runlock(&rw);
	}
	go_waitgroup_done(&wg);
}

static void
writer(void *unused)
{
	(void)unused;
	for (int i = 0; i < rounds; i++) {
		go_rwmutex_lock(&rw);
		check(__atomic_add_fetch(&activity, 10000, __ATOMIC_SEQ_CST) == 10000);
		dawdle(i);
		__atomic_sub_fetch(&activity, 10000, __ATOMIC_SEQ_CST);
		go_rwmutex_unlock(&rw);
	}
	go_waitgroup_done(&wg);
}

static void
mixed(int readers, int writers)
{
	go_waitgroup_add(&wg, readers + writers);
	for (int i = 0; i < writers; i++)
		go(writer, NULL);
	for (int i = 0; i < readers; i++)
		go(reader, NULL);
	go_waitgroup_wait(&wg);
	check(activity == 0);
	check(rw.readers == 0 && rw.departing == 0 && rw.w.state == 0);
	printf("%d readers, %d writers\n", readers, writers);
}

// --- readers do not exclude each other ---

static GoChan *in, *out;

static void
held_reader(void *unused)
{
	(void)unused;
	go_rwmutex_rlock(&rw);
	go_chan_send(in, NULL);
	go_chan_recv(out, NULL);
	go_rwmutex_runlock(&rw);
	go_waitgroup_done(&wg);
}

static void
parallel_readers(void)
{
	enum { N = 10 };

	in = go_chan_make(0, 0);
	out = go_chan_make(0, N);
	go_waitgroup_add(&wg, N);
	for (int i = 0; i < N; i++)
		go(held_reader, NULL);
	for (int i = 0; i < N; i++)
		go_chan_recv(in, NULL); // all inside at once
	for (int i = 0; i < N; i++)
		go_chan_send(out, NULL);
	go_waitgroup_wait(&wg);
	printf("parallel readers\n");
}

// --- a writer that waits comes before readers that come later ---

static int order[2], norder;

static void
late_writer(void *unused)
{
	(void)unused;
	go_rwmutex_lock(&rw);
	order[norder++] = 'w';
	go_rwmutex_unlock(&rw);
	go_waitgroup_done(&wg);
}

static void
later_reader(void *unused)
{
	(void)unused;
	go_rwmutex_rlock(&rw);
	order[norder++] = 'r';
	go_rwmutex_runlock(&rw);
	go_waitgroup_done(&wg);
}

static void
writer_first(void)
{
	go_waitgroup_add(&wg, 2);
	go_rwmutex_rlock(&rw);
	go(late_writer, NULL);
	until_waiting(1, "sync.RWMutex.Lock]");
	go(later_reader, NULL);
	until_waiting(1, "sync.RWMutex.RLock]");
	check(norder == 0);
	go_rwmutex_runlock(&rw);
	go_waitgroup_wait(&wg);
	check(order[0] == 'w' && order[1] == 'r');
	printf("writer first\n");
}

int
main(void)
{
	rounds = many(500, 5000);
	mixed(1, 1);
	mixed(10, 1);
	mixed(10, 5);
	mixed(1, 5);
	mixed(0, 5);
	parallel_readers();
	writer_first();
	return 0;
}
