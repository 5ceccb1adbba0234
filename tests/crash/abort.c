// abort prints the stacks, whichever goroutine calls it.

#include <stdlib.h>
#include <worldsema.h>

static void
aborts(void *unused)
{
	(void)unused;
	abort();
}

int
main(void)
{
	go(aborts, NULL);
	for (;;)
		go_gosched();
}
