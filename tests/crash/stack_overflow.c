// Too deep a recursion for the stack: the goroutine and the function are named.

#include <worldsema.h>

__attribute__((noinline)) static int
dig(int n)
{
	volatile char room[64];

	room[n % 64] = (char)n;
	return n < 0 ? 0 : dig(n + 1) + room[n % 64];
}

static void
digs(void *unused)
{
	(void)unused;
	dig(0);
}

int
main(void)
{
	GoChan *c = go_chan_make(0, 0);

	go_with_stack(digs, NULL, 4096);
	go_chan_recv(c, NULL);
	return 0;
}
