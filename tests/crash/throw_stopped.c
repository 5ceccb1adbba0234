// Who dies while it has the world stopped, as for a collection, cannot stop it again to tell the
// stacks.

#include <worldsema.h>
#include "../../runtime/base/throw.h"

void rt_world_begin(void);

int
main(void)
{
	rt_world_begin();
	rt_throw("in the middle");
}
