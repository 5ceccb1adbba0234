#ifndef OS_SELF_H
#define OS_SELF_H

// Who runs on this thread. Functions in a file of their own: a compiler that could see the
// thread-local would keep its address over a switch to another thread.

#include "../../runtime/base/base.h"

G *rt_g(void);
M *rt_m(void);
void rt_set_g(G *gp);
void rt_set_m(M *mp);

ALWAYS_INLINE bool
os_alone(void)
{
	return false;
}

ALWAYS_INLINE int32_t
os_polls_left(bool inplace)
{
	(void)inplace;
	return 0;
}

ALWAYS_INLINE void
os_set_polls_left(bool inplace, int32_t n)
{
	(void)inplace;
	(void)n;
}

#endif
