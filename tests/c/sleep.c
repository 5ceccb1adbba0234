// Sleeping: never too short; not at all for 0; and no deadlock while others sleep.

#include "check.h"

static GoWaitGroup wg;

static void
sleeper(void *arg)
{
	int64_t ns = *(int64_t *)arg, start = go_nanotime();

	go_sleep(ns);
	check(go_nanotime() - start >= ns);
	go_waitgroup_done(&wg);
}

static void
for_ever(void *ns)
{
	go_sleep(*(int64_t *)ns);
	check(!"slept for 292 years");
}

int
main(void)
{
	static int64_t ns[500], longest[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX / 2};
	int64_t start = go_nanotime(), now;

	for (int i = 0; i < 1000; i++) {
		go_sleep(0);
		go_sleep(-1);
		go_sleep(INT64_MIN);
	}
	for (int i = 0; i < 3; i++)
		go(for_ever, &longest[i]);
	for (int i = 0; i < 500; i++) {
		ns[i] = (i * 7919) % 20 * GO_MILLISECOND + (i * 31) % 1000 * GO_MICROSECOND + 1;
		go_waitgroup_add(&wg, 1);
		go_with_stack(sleeper, &ns[i], 2048);
	}
	go_waitgroup_wait(&wg);
	now = go_nanotime();
	check(now - start >= 19 * GO_MILLISECOND);
	for (int i = 0; i < 100; i++) { // the clock never runs back
		check(go_nanotime() >= now);
		now = go_nanotime();
		go_sleep(i % 3);
	}
	check(count_waiting("sleep") == 3);
	printf("slept\n");
	return 0;
}
