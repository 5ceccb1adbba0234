// Too deep a recursion of a function with locals that are aligned more than the stack, compiled
// without optimisation.

#include <worldsema.h>

__attribute__((noinline, optnone)) static int
dig(int n)
{
	_Alignas(64) char room[100];

	room[0] = (char)n;
	return n < 0 ? 0 : dig(n + 1) + room[0];
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

	go(digs, NULL);
	go_chan_recv(c, NULL);
	return 0;
}
