// A weak reference to a block that is not collected.

#include <stdlib.h>
#include <worldsema.h>

int
main(void)
{
	return !go_weak_make(malloc(10));
}
