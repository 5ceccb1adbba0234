// deep
// Recursion whose frames hold nothing in memory: only the engine's own stack is full.

#include <worldsema.h>

static volatile int depth = 100000000;

__attribute__((noinline)) static int
recurs(int n)
{
	return n == 0 ? 1 : recurs(n - 1) * 3 + n;
}

static void
goes(void *unused)
{
	(void)unused;
	depth = recurs(depth);
}

int
main(void)
{
	go(goes, NULL);
	for (;;)
		go_gosched();
}
