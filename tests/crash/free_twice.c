// A block is freed twice.

#include <stdlib.h>
#include <worldsema.h>

int
main(void)
{
	char *volatile p = malloc(40);

	free(p);
	free(p);
	return 0;
}
