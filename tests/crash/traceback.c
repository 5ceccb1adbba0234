// What a crash shows is asked for by GOTRACEBACK: here what it shows by itself, in golden.test.mjs
// the rest.

#include "waiting.h"

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
	go_panic("look at me");
}
