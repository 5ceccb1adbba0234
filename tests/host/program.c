// One program for the tests of the package: the first argument says what it does.

#include <emscripten.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

static GoChan *never; // nobody sends on it

static void
echo(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("%s\n", argv[i]);
	printf("%s %s\n", getenv("COLOUR"), getenv("WORLDSEMA_OUTSIDE") ? "inherited" : "alone");
	fprintf(stderr, "to stderr");
}

// Lines of known content, faster than anybody reads them.
static void
flood(int lines)
{
	for (int i = 0; i < lines; i++)
		printf("line %d of some length, so that the ring is full often\n", i);
}

static void
waiter(void *arg)
{
	(void)arg;
	go_set_label("a waiter");
	go_chan_recv(never, NULL);
}

static void
spinner(void *arg)
{
	for (volatile uint32_t *n = arg;; *n = 1)
		;
}

// Three waiters, two spinners (more than the workers of procs 1), and a main that sleeps.
static void
crowd(void)
{
	static volatile uint32_t spins[2];

	for (int i = 0; i < 3; i++)
		go(waiter, NULL);
	for (int i = 0; i < 2; i++)
		go(spinner, (void *)&spins[i]);
	while (!spins[0] || !spins[1])
		go_gosched();
	printf("ready\n");
	fflush(stdout);
	for (;;)
		go_sleep(3600 * GO_SECOND);
}

static void
grow(void)
{
	for (int i = 0; i < 200; i++) {
		char *p = malloc(1 << 20);

		memset(p, i, 1 << 20);
		printf("%d %d\n", i, p[1000] == (char)i);
	}
}

static int
deep(int n)
{
	volatile char room[200] = {0};

	return n == 0 ? 0 : deep(n - 1) + room[n % 200] + 1;
}

// Without memory of its own in a frame: only the engine's stack runs full.
static int
recur(int n)
{
	return n == 0 ? 1 : recur(n - 1) * 3 + n;
}

// Traps within malloc, with its lock held.
static void
ruin_heap(void)
{
	char *p[100];

	for (int i = 0; i < 100; i++)
		p[i] = malloc(16 + (size_t)i * 8);
	for (int i = 0; i < 100; i += 2)
		free(p[i]);
	for (int i = 1; i < 100; i += 2)
		memset(p[i] - 64, 0xfd, 200);
	for (int i = 0; i < 1000; i++)
		printf("%p\n", malloc((size_t)i * 7));
}

static int
divide(int by)
{
	return 7 / by;
}

static void
die_of(const char *how, const char *number)
{
	if (strcmp(how, "deadlock") == 0)
		go_chan_recv(never, NULL);
	else if (strcmp(how, "panic") == 0)
		go_panic("what the program says");
	else if (strcmp(how, "throw") == 0)
		abort();
	else if (strcmp(how, "overflow") == 0)
		printf("%d\n", deep(1 << 30));
	else if (strcmp(how, "trap") == 0)
		printf("%d\n", divide(atoi(number)));
	else if (strcmp(how, "recursion") == 0)
		printf("%d\n", recur(atoi(number)));
	else if (strcmp(how, "heap") == 0)
		ruin_heap();
	else if (strcmp(how, "worker") == 0)
		EM_ASM({ process.exit(7); });
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	never = go_chan_make(1, 0);
	if (strcmp(what, "echo") == 0)
		echo(argc, argv);
	else if (strcmp(what, "exit") == 0)
		exit(atoi(argv[2]));
	else if (strcmp(what, "flood") == 0)
		flood(atoi(argv[2]));
	else if (strcmp(what, "crowd") == 0)
		crowd();
	else if (strcmp(what, "grow") == 0)
		grow();
	else
		die_of(what, argc > 2 ? argv[2] : "1");
	return 0;
}
