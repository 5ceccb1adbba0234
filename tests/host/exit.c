// Ways to end, after exactly argv[2] allocations: the first argument says which.

#include <emscripten.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <worldsema.h>

enum { Bytes = 96, Code = 7 };

static void **cells;
static GoChan *never, *all;

__attribute__((noinline)) static void
collected(int n)
{
	for (int i = 0; i < n; i++)
		cells[i] = go_alloc(Bytes);
}

__attribute__((noinline)) static void
uncollected(int n)
{
	for (int i = 0; i < n; i++)
		cells[n + i] = malloc(Bytes);
}

__attribute__((noinline)) static void
burn(int turns)
{
	static volatile uint32_t sink;

	for (int i = 0; i < turns; i++)
		sink = sink * 3 + 1;
}

static void
spins(void *unused)
{
	(void)unused;
	for (;;)
		burn(1000);
}

static void
waits(void *unused)
{
	(void)unused;
	go_chan_recv(never, NULL);
}

static void
exits(void *code)
{
	exit((int)(intptr_t)code);
}

// When all of them have been started.
static void
exits_with_others(void *code)
{
	go_chan_recv(all, NULL);
	exits(code);
}

static void
panics(void *unused)
{
	(void)unused;
	go_sleep(20 * GO_MILLISECOND);
	go_panic("too late");
}

static GoMutex mutex;

static void
locks(void *unused)
{
	(void)unused;
	go_mutex_lock(&mutex);
	go_mutex_unlock(&mutex);
}

// One goroutine waits once, and an entry of a profile that the program makes.
__attribute__((noinline)) static void
delayed(void)
{
	GoProfile *own = go_profile_new("files");
	size_t n = 0;

	go_set_block_profile_rate(1);
	go_set_mutex_profile_fraction(1);
	while (n == 0) { // until it has come in time
		go_mutex_lock(&mutex);
		go(locks, NULL);
		go_sleep(GO_MILLISECOND);
		go_mutex_unlock(&mutex);
		go_mutex_profile(NULL, 0, &n);
	}
	go_profile_add(own, &mutex, 0);
}

// All of it happens just before the end: when whoever started the program says so, by a byte of
// input.
__attribute__((noinline)) static void
late(int n, volatile int zero)
{
	const char *how = getenv("DIES");
	char go_on;

	if (read(0, &go_on, 1) < 0)
		return;
	collected(n);
	uncollected(n);
	delayed();
	burn(100000000);
	if (strcmp(how, "panics") == 0)
		go_panic("in time");
	else if (strcmp(how, "traps") == 0)
		zero = 7 / zero;
	else if (strcmp(how, "is stuck") == 0)
		go_chan_recv(never, NULL);
	else if (strcmp(how, "aborts") == 0)
		abort();
	else if (strcmp(how, "exits") == 0)
		exit(Code);
	else if (strcmp(how, "loses a worker") == 0)
		EM_ASM({ process.exit(7); });
}

static int
exits_sorting(const void *a, const void *b)
{
	(void)a;
	(void)b;
	go_gosched();
	exit(Code);
}

GO_FOREIGN(fe_exit) void fe_exit(int code)
{
	exit(code);
}

static void
again(void)
{
	exit(Code + 1);
}

int
main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	int n = argc > 2 ? atoi(argv[2]) : 0, two[2] = {0};

	go_set_mem_profile_rate(1);
	never = go_chan_make(0, 0);
	cells = calloc(2 * (size_t)n + 1, sizeof *cells);
	if (strcmp(how, "soon") == 0)
		late(n, 0);
	collected(n);
	uncollected(n);
	printf("at work");
	if (strcmp(how, "burn") == 0) {
		burn(200000000);
	} else if (strcmp(how, "elsewhere") == 0) {
		go(exits, (void *)Code);
		go_chan_recv(never, NULL);
	} else if (strcmp(how, "twice") == 0) {
		all = go_chan_make(0, 0);
		for (int i = 0; i < 10; i++)
			go(exits_with_others, (void *)Code);
		go_chan_close(all);
		go_chan_recv(never, NULL);
	} else if (strcmp(how, "callback") == 0) {
		qsort(two, 2, sizeof *two, exits_sorting);
	} else if (strcmp(how, "foreign") == 0) {
		fe_exit(Code);
	} else if (strcmp(how, "atexit") == 0) {
		atexit(again);
		exit(Code);
	} else if (strcmp(how, "crowd") == 0) {
		for (int i = 0; i < 3; i++)
			go(spins, NULL);
		go(waits, NULL);
	} else if (strcmp(how, "late") == 0) {
		go(panics, NULL);
	} else if (strcmp(how, "dies") == 0) {
		go_panic("in time");
	} else if (strcmp(how, "_exit") == 0) {
		_exit(Code);
	}
	return Code;
}
