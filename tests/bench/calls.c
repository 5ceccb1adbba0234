// calls: how long a call of JavaScript takes, there and back.

#include <stdio.h>
#include <worldsema.h>

enum { Turns = 100, Chunks = 300, Many = 1000 };

GO_HOST(double, plain, double)
GO_HOST(double, promised, double)

static double (*const functions[])(double) = {plain, promised};
static GoWaitGroup wg;

static void
turns(void *fn)
{
	for (int i = 0; i < Turns; i++)
		functions[(intptr_t)fn](i);
	go_waitgroup_done(&wg);
}

// n goroutines with Turns calls each; ns a call.
static double
measure(intptr_t fn, int n)
{
	int64_t begin = go_nanotime();

	go_waitgroup_add(&wg, n);
	for (int i = 1; i < n; i++)
		go(turns, (void *)fn);
	turns((void *)fn);
	go_waitgroup_wait(&wg);
	return (double)(go_nanotime() - begin) / n / Turns;
}

static void
report(const char *name, intptr_t fn, int n, int chunks)
{
	double best = 1e18, sum = 0, ns;

	for (int i = 0; i < chunks; i++) {
		sum += ns = measure(fn, n);
		best = ns < best ? ns : best;
	}
	printf("%-38s best %8.2f us, mean %8.2f us\n", name, best / 1e3, sum / chunks / 1e3);
}

int
main(void)
{
	report("a function, one call after the other", 0, 1, Chunks);
	report("a promise that is resolved already", 1, 1, Chunks);
	report("a function, 1000 goroutines at once", 0, Many, 5);
	report("a promise, 1000 goroutines at once", 1, Many, 5);
	return 0;
}
