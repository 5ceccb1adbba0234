#ifndef RT_PROCS_H
#define RT_PROCS_H

#include "sched.h"

// Moves everything that pp holds to the global queue and lists. sched.lock held.
void rt_drain_locked(P *pp);
// Sets the number of Ps, in a stopped world. Returns the Ps with work, linked.
P *rt_procresize(int32_t n);

#endif
