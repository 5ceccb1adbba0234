#ifndef RT_SYSCALL_H
#define RT_SYSCALL_H

#include "sched.h"

// Puts gp into Gsyscall, and gives up the P.
void rt_giveupp(M *mp, G *gp);
// Gets a P, with which gp goes on. False: gp is queued for a P.
bool rt_getp(M *mp, G *gp);

#endif
