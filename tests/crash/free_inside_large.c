// A pointer into a large block is freed.

#include <stdlib.h>
#include <worldsema.h>

int
main(void)
{
	char *volatile p = malloc(100000);

	free(p + 8192);
	return 0;
}
