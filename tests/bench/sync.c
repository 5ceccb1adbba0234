#include "bench.h"

static GoWaitGroup wg;
static GoMutex mutex;
static volatile int shared;
static int per_goroutine;

__attribute__((noinline)) static void
locks(int n)
{
	for (int i = 0; i < n; i++) {
		go_mutex_lock(&mutex);
		shared++;
		go_mutex_unlock(&mutex);
	}
}

static void
mutex_uncontended(int n)
{
	IN_CHUNKS(n, locks(turns));
}

static void
contender(void *arg)
{
	(void)arg;
	IN_CHUNKS(per_goroutine, locks(turns));
	go_waitgroup_done(&wg);
}

static void
mutex_contended4(int n)
{
	per_goroutine = n / 4;
	go_waitgroup_add(&wg, 4);
	for (int i = 0; i < 4; i++)
		go(contender, NULL);
	go_waitgroup_wait(&wg);
}

static void
finish(void *arg)
{
	(void)arg;
	go_waitgroup_done(&wg);
}

__attribute__((noinline)) static void
spawns(int n)
{
	for (int i = 0; i < n; i++) {
		go_waitgroup_add(&wg, 1);
		go(finish, NULL);
		go_gosched();
	}
}

static void
go_create(int n)
{
	IN_CHUNKS(n, spawns(turns));
	go_waitgroup_wait(&wg);
}

static void
send_one(void *arg)
{
	int one = 1;

	go_chan_send(arg, &one);
}

// Ten thousand goroutines send, one receives; per goroutine.
static void
fan_in(int n)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int v, sum = 0;

	for (int done = 0; done < n; done += 10000) {
		for (int i = 0; i < 10000; i++)
			go(send_one, c);
		for (int i = 0; i < 10000; i++) {
			go_chan_recv(c, &v);
			sum += v;
		}
	}
	shared = sum;
}

static void
panics(void *arg)
{
	if ((intptr_t)arg == 0)
		go_panic("bench");
	panics((void *)((intptr_t)arg - 1));
	shared++;
}

__attribute__((noinline)) static void
protects(int n, intptr_t depth)
{
	for (int i = 0; i < n; i++)
		go_protect(panics, (void *)depth);
}

static void
panic_depth1(int n)
{
	IN_CHUNKS(n, protects(turns, 0));
}

static void
panic_depth10(int n)
{
	IN_CHUNKS(n, protects(turns, 9));
}

__attribute__((noinline)) static void
startstops(GoTimer *t, int n)
{
	for (int i = 0; i < n; i++) {
		go_timer_reset(t, 3600 * GO_SECOND);
		go_timer_stop(t);
	}
}

static void
timer_startstop(int n)
{
	GoTimer *t = go_timer_start(3600 * GO_SECOND, 0, finish, NULL);

	IN_CHUNKS(n, startstops(t, turns));
	go_timer_free(t);
}

const Bench bench_sync[] = {
	{"mutex_uncontended", mutex_uncontended, 20000000},
	{"mutex_contended4", mutex_contended4, 10000000},
	{"go_create", go_create, 1000000},
	{"fan_in", fan_in, 200000},
	{"panic_depth1", panic_depth1, 500000},
	{"panic_depth10", panic_depth10, 300000},
	{"timer_startstop", timer_startstop, 1000000},
	{NULL, NULL, 0},
};
