// Fifty endless loops in foreign code and fifty in goroutine code: which part of the processors'
// time has each? A turn of a loop that took longer than Gap was interrupted.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

enum { N = 50, Gap = 1000000 };

static int64_t had[2 * N];
static volatile bool stop, never;
static GoWaitGroup wg;

static inline int64_t
turn(int64_t *had, int64_t last)
{
	int64_t now = go_nanotime();

	if (now - last < Gap)
		*(volatile int64_t *)had += now - last;
	return now;
}

void shares_loop(int64_t *had);

GO_FOREIGN(shares_loop) void shares_loop(int64_t *had)
{
	for (int64_t last = go_nanotime(); !stop;)
		last = turn(had, last);
}

static void
foreign(void *arg)
{
	shares_loop(arg);
	go_waitgroup_done(&wg);
}

static void
ordinary(void *arg)
{
	for (int64_t last = go_nanotime(); !stop;) {
		last = turn(arg, last);
		if (never)
			go_gosched();
	}
	go_waitgroup_done(&wg);
}

static void
report(const char *what, const int64_t *had, int64_t fair)
{
	int64_t least = INT64_MAX, most = 0, sum = 0;

	for (int i = 0; i < N; i++) {
		least = had[i] < least ? had[i] : least;
		most = had[i] > most ? had[i] : most;
		sum += had[i];
	}
	printf("%s: least %.2f, most %.2f, on average %.2f of a fair share\n", what,
	       (double)least / (double)fair, (double)most / (double)fair,
	       (double)sum / N / (double)fair);
}

int
main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 30;
	int64_t all = 0;

	go_waitgroup_add(&wg, 2 * N);
	for (int i = 0; i < N; i++) {
		go(foreign, &had[i]);
		go(ordinary, &had[N + i]);
	}
	go_sleep(10 * GO_SECOND); // until there is a worker for each
	for (int i = 0; i < 2 * N; i++)
		had[i] = 0;
	go_sleep(seconds * GO_SECOND);
	stop = true;
	for (int i = 0; i < 2 * N; i++)
		all += had[i];
	report("foreign", had, all / (2 * N));
	report("ordinary", had + N, all / (2 * N));
	go_waitgroup_wait(&wg);
	return 0;
}
