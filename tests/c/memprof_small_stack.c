// Blocks that a goroutine with the smallest stack asks for are in the heap profile, each of them:
// taking a sample needs more stack than it has.
// procs: 1 2

#include "check.h"

enum { Blocks = 20, Goroutines = 10, Max = 2000 };

static GoWaitGroup wg;

static void
allocates(void *arg)
{
	void **kept = arg;

	for (int i = 0; i < Blocks; i++)
		kept[i] = malloc(100);
	go_waitgroup_done(&wg);
}

static uint64_t
count(const char *func)
{
	static GoMemProfileRecord records[Max];
	uint64_t sum = 0;
	size_t n;

	check(go_mem_profile(records, Max, &n, true));
	for (size_t i = 0; i < n; i++) {
		GoFrame f[8];
		size_t nf = go_func_for_pc(records[i].pcs[0], f, 8);

		for (size_t k = 0; k < nf && k < 8; k++)
			if (strcmp(f[k].func, func) == 0)
				sum += records[i].alloc_objects;
	}
	return sum;
}

int
main(void)
{
	static void *kept[Goroutines][Blocks];

	go_set_mem_profile_rate(1);
	go_waitgroup_add(&wg, Goroutines);
	for (int i = 0; i < Goroutines; i++)
		go_with_stack(allocates, kept[i], 1024);
	go_waitgroup_wait(&wg);
	go_gc();
	printf("%llu\n", (unsigned long long)count("allocates"));
	return 0;
}
