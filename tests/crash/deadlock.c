// Main receives from a channel that nobody sends to.

#include <worldsema.h>

int
main(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int n;

	go_chan_recv(c, &n);
	return 0;
}
