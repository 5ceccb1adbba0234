// Calls of libc that need more stack than a goroutine has: they get the M's. Many goroutines on all
// workers, and with little of their own stack left.

#include "check.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { N = 32, Times = 20 };

static GoWaitGroup wg;

static void
calls(void *p)
{
	char text[64], path[PATH_MAX / 4];
	int i = (int)(intptr_t)p;

	for (int k = 0; k < Times; k++) {
		double d = 0;
		long double l = 0;
		char *end;

		snprintf(text, sizeof text, "%d.%03d x", i, k);
		check(strtod(text, &end) == i + k / 1000.0 && strcmp(end, " x") == 0);
		go_gosched();
		check(sscanf(text, "%lf", &d) == 1 && d == i + k / 1000.0);
		check(sscanf(text, "%Lf", &l) == 1 && (int)l == i);
		check(atof(text) == d && strtold(text, NULL) == l);
		check(strtod("1e400", NULL) > 1e308 && strtod("nan", &end) != 0);
		snprintf(path, sizeof path, "%s", "/");
		end = realpath("/./", NULL);
		check(end && strcmp(end, path) == 0);
		free(end);
	}
	go_waitgroup_done(&wg);
}

int
main(void)
{
	go_waitgroup_add(&wg, 2 * N);
	for (intptr_t i = 0; i < N; i++) {
		go(calls, (void *)i);
		go_with_stack(calls, (void *)i, 4096);
	}
	go_waitgroup_wait(&wg);
	printf("ok\n");
	return 0;
}
