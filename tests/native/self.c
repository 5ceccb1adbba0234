// Who runs on this thread. Alone in its file, and called, never inlined: after a switch a
// goroutine may be on another thread, and the address of a thread-local that a compiler kept
// would still be the old one's.

#include "../../runtime/base/self.h"

static _Thread_local G *self_g;
static _Thread_local M *self_m;

G *
rt_g(void)
{
	return self_g;
}

M *
rt_m(void)
{
	return self_m;
}

void
rt_set_g(G *gp)
{
	self_g = gp;
}

void
rt_set_m(M *mp)
{
	self_m = mp;
}
