// main called go_exit, and the goroutine that is left waits for ever.

#include <worldsema.h>

static void
receives(void *c)
{
	go_chan_recv(c, NULL);
}

int
main(void)
{
	go(receives, go_chan_make(0, 0));
	go_exit();
}
