// A variable is freed.

#include <stdlib.h>
#include <worldsema.h>

static int variable;

int
main(void)
{
	void *volatile p = &variable;

	free(p);
	return 0;
}
