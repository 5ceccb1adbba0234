// A finalizer for a block of malloc.

#include <stdlib.h>
#include <worldsema.h>

static void
finalize(void *arg)
{
}

int
main(void)
{
	go_set_finalizer(malloc(20), finalize);
	return 0;
}
