// Goroutines that are bound to their workers wait for each other.

#include <worldsema.h>

static GoChan *c;

static void
receives(void *unused)
{
	(void)unused;
	go_lock_os_thread();
	go_chan_recv(c, NULL);
}

int
main(void)
{
	c = go_chan_make(0, 0);
	go_lock_os_thread();
	go(receives, NULL);
	go(receives, NULL);
	go_chan_recv(c, NULL);
	return 0;
}
