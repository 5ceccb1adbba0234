// procs: 24
// Many workers start at the same time, and the memory grows under all of them.

#include "check.h"

static int running;
static bool stop;
static GoWaitGroup wg;

static void
compute(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED))
		;
	go_waitgroup_done(&wg);
}

int
main(void)
{
	int n = go_max_procs(0);

	go_waitgroup_add(&wg, n);
	for (int i = 0; i < n; i++)
		go(compute, NULL);
	until(__atomic_load_n(&running, __ATOMIC_SEQ_CST) == n);
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	go_waitgroup_wait(&wg);
	printf("all at once\n");
	return 0;
}
