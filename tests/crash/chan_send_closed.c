// A sender waits, and the channel is closed.

#include <worldsema.h>

static void
closes(void *c)
{
	for (int i = 0; i < 100; i++)
		go_gosched();
	go_chan_close(c);
}

int
main(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int v = 1;

	go(closes, c);
	go_chan_send(c, &v);
	return 0;
}
