// Nothing that could be caught: the data may be broken already.

#include <worldsema.h>

static GoRWMutex mu;

static void
unlocks(void *unused)
{
	(void)unused;
	go_rwmutex_runlock(&mu);
}

int
main(void)
{
	go_protect(unlocks, NULL);
	return 0;
}
