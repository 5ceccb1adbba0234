// Blocks that are reached in only one way, each in another way, stay, whatever is collected
// meanwhile.
// procs: 1 2 8

enum { Churn = 3000 };

#include "gc_roots.h"

int
main(void)
{
	return gc_roots();
}
