// A goroutine that dies while it has stopped the world, as for a collection, cannot stop it again
// to print the stacks.

#include <worldsema.h>
#include "../../runtime/base/throw.h"

void rt_world_begin(void);

int
main(void)
{
	rt_world_begin();
	rt_throw("in the middle");
}
