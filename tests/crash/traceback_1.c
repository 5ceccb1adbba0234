// env: GOTRACEBACK=1
// What a crash shows is asked for by GOTRACEBACK.

#include <worldsema.h>

static void
waits(void *c)
{
	go_chan_recv(c, NULL);
}

int
main(void)
{
	go(waits, go_chan_make(0, 0));
	for (int i = 0; i < 10; i++)
		go_gosched();
	go_panic("look at me");
}
