// A program that uses memory, for the tests of statistics and heap profiles: the first argument
// says how. What the host wishes it says by GOMAXPROCS.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { CellBytes = 96 };

static void **cells;

static void
say(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
}

static void
until_procs(int n)
{
	while (go_max_procs(0) != n)
		go_sleep(GO_MILLISECOND);
}

__attribute__((noinline)) static void
collected(int n)
{
	for (int i = 0; i < n; i++)
		cells[i] = go_alloc(CellBytes);
}

// So many collected cells, dropped when the host wishes.
static void
leave(int n)
{
	cells = calloc((size_t)n, sizeof *cells);
	collected(n);
	say("made");
	until_procs(3);
	memset(cells, 0, (size_t)n * sizeof *cells);
	say("dropped");
	until_procs(4);
}

// Everything is sampled of so many blocks of malloc and of go_alloc, half of which are given back.
__attribute__((noinline)) static void
uncollected(int n)
{
	for (int i = 0; i < n; i++)
		cells[i] = malloc(CellBytes);
}

static void
exact(int n)
{
	go_set_mem_profile_rate(1);
	cells = calloc((size_t)n, sizeof *cells);
	uncollected(n);
	for (int i = 0; i < n / 2; i++)
		free(cells[i]);
	collected(n);
	say("made");
	until_procs(4);
}

// By the default rate: small blocks and a few large ones from one place.
__attribute__((noinline)) static void
mixed(int n)
{
	for (int i = 0; i < n; i++)
		cells[i] = malloc(i % 100 ? 64 : 65536);
}

static void
sample(int n)
{
	cells = calloc((size_t)n, sizeof *cells);
	mixed(n);
	say("made");
	until_procs(4);
}

// So many blocks, each dropped at once.
__attribute__((noinline)) static void
churned(int n)
{
	for (int i = 0; i < n; i++) {
		char *volatile p = malloc(1024);

		memset(p, i, 1024);
		free(p);
	}
}

static void
spinner(void *arg)
{
	for (volatile uint32_t *n = arg;; *n = 1)
		;
}

static void
spin(void)
{
	static volatile uint32_t spins[2];

	for (int i = 0; i < 2; i++)
		go(spinner, (void *)&spins[i]);
	while (!spins[0] || !spins[1])
		go_gosched();
	say("made");
	for (;;)
		go_sleep(3600 * GO_SECOND);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "leave") == 0)
		leave(atoi(argv[2]));
	else if (strcmp(what, "exact") == 0)
		exact(atoi(argv[2]));
	else if (strcmp(what, "sample") == 0)
		sample(atoi(argv[2]));
	else if (strcmp(what, "churn") == 0) {
		churned(atoi(argv[2]));
		say("made");
		until_procs(4);
	} else if (strcmp(what, "spin") == 0)
		spin();
	return 0;
}
