#ifndef RT_PROCS_H
#define RT_PROCS_H

#include "sched.h"

// What pp holds goes to the global queue and lists. sched.lock held.
void rt_drain_locked(P *pp);
// The new number of Ps; takes effect inside a stop. Returns the Ps with work, linked.
P *rt_procresize(int32_t n);

#endif
