// Nobody catches it. The report has the text, who panicked, and all others. Deferred calls run
// before.

#include <stdio.h>
#include "waiting.h"

static void
waits(void *c)
{
	go_chan_recv(c, NULL);
}

static void
says(void *text)
{
	fprintf(stderr, "%s\n", (char *)text);
}

__attribute__((noinline)) static int
deep(int n)
{
	volatile int here = n;

	if (n == 0)
		go_panic("out of cheese");
	return deep(n - 1) + here;
}

int
main(void)
{
	go(waits, go_chan_make(0, 0));
	// What the other one waits for is in the dump.
	until_waiting("[chan receive]");
	go_defer(says, "deferred first");
	go_defer(says, "deferred last");
	return deep(2);
}
