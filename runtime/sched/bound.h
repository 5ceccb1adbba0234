#ifndef RT_BOUND_H
#define RT_BOUND_H

#include "sched.h"

// Gives up this M's P, and waits until gp, which is bound to this M, is runnable and has a P.
void rt_stoplockedm(M *mp, G *gp);
// gp is bound to another M: that one gets this M's P, and this M sleeps.
void rt_startlockedm(M *mp, G *gp);

#endif
