#ifndef CHECK_H
#define CHECK_H

// The little that the programs here share: a check that ends the program, and a table of tests
// of which one or all are run. WORLDSEMA_STRESS=1 multiplies the counts.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/worldsema.h"

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(1);                                                   \
		}                                                                  \
	} while (0)

typedef struct Test Test;
struct Test {
	const char *name;
	void (*run)(void);
};

#define TEST(fn)        \
	{               \
#fn, fn \
	}

static inline int
scaled(int n)
{
	return getenv("WORLDSEMA_STRESS") ? n * 20 : n;
}

static inline int
run_tests(const Test *tests, size_t n, int argc, char **argv)
{
	for (size_t i = 0; i < n; i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name) != 0)
			continue;
		tests[i].run();
		printf("ok %s\n", tests[i].name);
		fflush(stdout);
	}
	return 0;
}

#define RUN_TESTS(tests) run_tests(tests, sizeof(tests) / sizeof(tests[0]), argc, argv)

// A generator of one's own: reproducible, and no shared state.
static inline uint32_t
next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

#endif
