// How long a goroutine profile takes while every P is in a loop that calls nothing: the median and
// the worst of n. It stops the world, and little else. And whether such loops share the processor.

#include "bench.h"

enum { MaxTurns = 1000, Spinners = 4, Records = 200, Sharers = 50 };

static int64_t took[MaxTurns];
static volatile unsigned sink;
static volatile bool stop, never;
static GoWaitGroup wg;

void stop_foreign_loop(void);

GO_FOREIGN(stop_foreign_loop) void stop_foreign_loop(void)
{
	while (!stop)
		sink++;
}

static void
foreign(void *arg)
{
	(void)arg;
	stop_foreign_loop();
	go_waitgroup_done(&wg);
}

// never makes it goroutine code: it could wait.
static void
busy(void *arg)
{
	(void)arg;
	while (!stop) {
		sink++;
		if (never)
			go_gosched();
	}
	go_waitgroup_done(&wg);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
profiles(GoFunc loop, int n)
{
	static GoStackRecord records[Records];
	size_t got;

	if (bench_warm)
		return;
	stop = false;
	go_waitgroup_add(&wg, Spinners);
	for (int i = 0; i < Spinners; i++)
		go(loop, NULL);
	go_sleep(100 * GO_MILLISECOND);
	for (int i = 0; i < n; i++) {
		int64_t begin = go_nanotime();

		if (!go_goroutine_profile(records, Records, &got))
			printf("stop: too many\n");
		took[i] = go_nanotime() - begin;
	}
	stop = true;
	go_waitgroup_wait(&wg);
	qsort(took, (size_t)n, sizeof took[0], by_size);
}

static void
stop_busy(int n)
{
	profiles(busy, n);
	bench_ns = (double)took[n / 2];
}

static void
stop_busy_worst(int n)
{
	profiles(busy, n);
	bench_ns = (double)took[n - 1];
}

static void
stop_foreign(int n)
{
	profiles(foreign, n);
	bench_ns = (double)took[n / 2];
}

static void
stop_foreign_worst(int n)
{
	profiles(foreign, n);
	bench_ns = (double)took[n - 1];
}

const Bench bench_stop[] = {
	{"stop_busy", stop_busy, 200},
	{"stop_busy_worst", stop_busy_worst, 200},
	{"stop_foreign", stop_foreign, 200},
	{"stop_foreign_worst", stop_foreign_worst, 200},
	{0},
};
