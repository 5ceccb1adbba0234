// The program's mistake is a panic with the words that Go has for it.

#include <worldsema.h>

int
main(void)
{
	GoWaitGroup wg = {0};

	go_waitgroup_add(&wg, 1);
	go_waitgroup_done(&wg);
	go_waitgroup_done(&wg);
	return 0;
}
