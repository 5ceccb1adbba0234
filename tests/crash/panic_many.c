// Many panic at the same time, on all workers: one report.

#include <worldsema.h>

static GoChan *gate;

static void
panics(void *unused)
{
	(void)unused;
	go_chan_recv(gate, NULL);
	go_panic("all together");
}

int
main(void)
{
	gate = go_chan_make(0, 0);
	for (int i = 0; i < 100; i++)
		go(panics, NULL);
	go_chan_close(gate);
	for (;;)
		go_gosched();
}
