// A call of a null function pointer dies with the stacks of all goroutines.

#include "waiting.h"

static void (*volatile nothing)(int);

__attribute__((noinline)) static void
calls(int n)
{
	nothing(n);
	nothing(n);
}

static void
waits(void *c)
{
	go_chan_recv(c, NULL);
}

int
main(void)
{
	go(waits, go_chan_make(0, 0));
	// What the other one waits for is in the dump.
	until_waiting("[chan receive]");
	calls(1);
	return 0;
}
