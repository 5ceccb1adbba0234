// The memory limit is of all that is in use. Whoever allocates beyond what is due to be collected
// has to wait. Beside the collected heap there is malloc's memory, and other goroutines keep all
// processors busy.
//
// counts

#include "check.h"

enum { Limit = 24 << 20, Block = 2048, Eaters = 3 };

static void *volatile sink;
static GoMemStats s;
static volatile bool stop;
static int ended;

static void
spin(void *arg)
{
	while (!stop)
		__atomic_fetch_add((int *)arg, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

static int64_t
in_use(void)
{
	go_read_mem_stats(&s);
	return (int64_t)(s.sys - s.heap_idle);
}

static void
churn(int64_t limit)
{
	int rounds = many(60, 200);

	for (int i = 0; i < rounds; i++) {
		for (int n = 0; n < (1 << 20) / Block; n++)
			sink = go_alloc(Block);
		// Malloc's memory counts from the next collection on. And a worker may have just
		// begun.
		check(i < 20 || in_use() < limit + (8 << 20));
	}
}

int
main(void)
{
	static int progress;
	int64_t limit;
	void *volatile own;

	for (int i = 0; i < Eaters; i++)
		go(spin, &progress);
	go_sleep(20 * GO_MILLISECOND); // workers begin
	go_set_gc_percent(-1);
	limit = in_use() + Limit;
	go_set_memory_limit(limit);
	churn(limit);
	own = malloc(Limit / 2);
	memset(own, 1, Limit / 2);
	churn(limit);
	go_set_memory_limit(INT64_MAX);
	go_set_gc_percent(100);
	churn(limit);
	stop = true;
	while (__atomic_load_n(&ended, __ATOMIC_SEQ_CST) < Eaters)
		go_gosched();
	free(own);
	printf("done\n");
	return 0;
}
