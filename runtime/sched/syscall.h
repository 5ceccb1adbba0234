#ifndef RT_SYSCALL_H
#define RT_SYSCALL_H

#include "sched.h"

// gp is to be in Gsyscall, without a P.
void rt_giveupp(M *mp, G *gp);
// gp goes on, with a P. False: it is queued for one.
bool rt_getp(M *mp, G *gp);

#endif
