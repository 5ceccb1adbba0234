// A pointer into a block is freed.

#include <stdlib.h>
#include <worldsema.h>

int
main(void)
{
	char *volatile p = malloc(100);

	free(p + 8);
	return 0;
}
