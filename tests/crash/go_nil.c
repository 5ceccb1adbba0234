// A goroutine without a function.

#include <worldsema.h>

int
main(void)
{
	go(NULL, NULL);
	return 0;
}
