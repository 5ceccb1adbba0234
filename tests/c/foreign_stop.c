// procs: 1 2 8
// The world stops although every P is in a loop that calls nothing and cannot be unwound. Each
// stack is shown to the line.

#include "check.h"

enum { N = 3 };

static volatile unsigned sink;
static volatile bool stop;
static int running, returned;

// clang-format off
GO_FOREIGN(fs_spin) void fs_spin(unsigned n)
{
	__atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
	while (!stop) sink += n;
}
// clang-format on

__attribute__((noinline)) static void
deeper(unsigned n, int depth)
{
	if (depth > 0)
		deeper(n + 1, depth - 1);
	else
		fs_spin(n);
	sink++;
}

static void
spinner(void *arg)
{
	(void)arg;
	deeper(1, 2);
	__atomic_fetch_add(&returned, 1, __ATOMIC_SEQ_CST);
}

// The part of each paragraph that does not depend on the schedule.
static void
show(char *text)
{
	for (char *p = strstr(text, "\n\n"); p;) {
		char *end = strstr(p + 2, "\n\n"), *frames = strchr(p + 2, '\n');

		printf("%.*s\n\n", !end ? (int)strlen(frames) : (int)(end - frames), frames);
		p = end;
	}
}

int
main(void)
{
	static char text[20000];

	for (int i = 0; i < N; i++)
		go(spinner, NULL);
	until(__atomic_load_n(&running, __ATOMIC_SEQ_CST) == N);
	text[go_stack(text, sizeof text - 1, true)] = 0;
	show(text);
	stop = true;
	until(__atomic_load_n(&returned, __ATOMIC_SEQ_CST) == N);
	return 0;
}
