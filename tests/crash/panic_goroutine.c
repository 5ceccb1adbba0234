// A goroutine other than main panics while main computes.

#include <worldsema.h>

static volatile int never;

__attribute__((noinline)) static void
bad(const char *text)
{
	go_panic(text);
}

static void
panics(void *unused)
{
	(void)unused;
	go_gosched();
	bad("elsewhere");
}

int
main(void)
{
	go(panics, NULL);
	while (!never)
		;
	return 0;
}
