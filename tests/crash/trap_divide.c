// Division by zero, in another goroutine than main, after it was suspended.

#include <worldsema.h>

static volatile int zero;

__attribute__((noinline)) static int
divide(int n)
{
	go_gosched();
	return n / zero;
}

static void
divides(void *unused)
{
	(void)unused;
	zero = divide(7);
}

int
main(void)
{
	GoChan *c = go_chan_make(0, 0);

	go(divides, NULL);
	go_chan_recv(c, NULL);
	return 0;
}
