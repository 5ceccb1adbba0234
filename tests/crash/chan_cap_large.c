// The program's mistake is a panic with the words that Go has for it.

#include <worldsema.h>

int
main(void)
{
	go_chan_make(65536, 65536);
	return 0;
}
