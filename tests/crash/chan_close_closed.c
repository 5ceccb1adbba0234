// The program's mistake is a panic with the words that Go has for it.

#include <worldsema.h>

int
main(void)
{
	GoChan *c = go_chan_make(0, 0);

	go_chan_close(c);
	go_chan_close(c);
	return 0;
}
