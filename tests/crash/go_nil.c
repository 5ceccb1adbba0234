// A goroutine needs something to run.

#include <worldsema.h>

int
main(void)
{
	go(NULL, NULL);
	return 0;
}
