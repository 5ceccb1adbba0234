#ifndef RT_NEWPROC_H
#define RT_NEWPROC_H

#include "sched.h"

void rt_goexit0(M *mp, G *gp);
// Moves the dead goroutines of pp to the global list.
void rt_gfpurge(P *pp);

#endif
