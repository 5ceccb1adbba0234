#ifndef RT_BOUND_H
#define RT_BOUND_H

#include "sched.h"

// Until gp, which is this M's own, is runnable.
void rt_stoplockedm(M *mp, G *gp);
// gp is another M's: that gets this M's P, and this M sleeps.
void rt_startlockedm(M *mp, G *gp);

#endif
