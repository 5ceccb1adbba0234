#ifndef RT_NEWPROC_H
#define RT_NEWPROC_H

#include "sched.h"

void rt_goexit0(M *mp, G *gp);
// Its dead goroutines go to the global list.
void rt_gfpurge(P *pp);

#endif
