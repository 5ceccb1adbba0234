// GOTRACEBACK says what a crash shows. This is what it shows without it; golden.test.mjs has the
// rest.

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
