// procs: 1 2
// Endless loops, half of them in foreign code and half in goroutine code: all go on.

#include "check.h"

enum { N = 25 };

static int64_t enough;

static int64_t progress[2 * N];
static volatile bool stop;
static int ended;

// clang-format off
GO_FOREIGN(fv_loop) void fv_loop(int64_t *count)
{
	while (!stop)
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}
// clang-format on

static void
foreign(void *arg)
{
	fv_loop(arg);
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

static void
ordinary(void *arg)
{
	int64_t *count = arg;

	while (!stop) {
		if (__atomic_fetch_add(count, 1, __ATOMIC_RELAXED) % 1000 == 0)
			go_gosched();
	}
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

static bool
all_went_on(void)
{
	for (int i = 0; i < 2 * N; i++)
		if (__atomic_load_n(&progress[i], __ATOMIC_RELAXED) < enough)
			return false;
	return true;
}

int
main(void)
{
	enough = many(1000, 20); // with preemption at every poll a turn of all takes a while
	for (int i = 0; i < N; i++) {
		go(foreign, &progress[i]);
		go(ordinary, &progress[N + i]);
	}
	until(all_went_on());
	stop = true;
	until(__atomic_load_n(&ended, __ATOMIC_SEQ_CST) == 2 * N);
	printf("all went on\n");
	return 0;
}
