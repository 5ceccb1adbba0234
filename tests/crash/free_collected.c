// Nobody may free collected memory.

#include <stdlib.h>
#include <worldsema.h>

int
main(void)
{
	void *volatile p = go_alloc(24);

	free(p);
	return 0;
}
