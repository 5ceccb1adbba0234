// A channel is freed while a goroutine waits on it.

#include "waiting.h"

static void
waits(void *c)
{
	go_chan_recv(c, NULL);
}

int
main(void)
{
	GoChan *c = go_chan_make(0, 0);

	go(waits, c);
	until_waiting("[chan receive]");
	go_chan_free(c);
	return 0;
}
