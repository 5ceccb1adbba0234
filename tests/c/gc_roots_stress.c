// Blocks that are reached in one way only, each in another: they stay, whatever is collected
// meanwhile. A collection at every 50th allocation.
// env: GODEBUG=gcstress=50,heapcheck=1

enum { Churn = 300 };

#include "gc_roots.h"

int
main(void)
{
	return gc_roots();
}
