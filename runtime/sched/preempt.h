#ifndef RT_PREEMPT_H
#define RT_PREEMPT_H

// How a goroutine that computes is told to come to the runtime. Each M has a flag, M.preempt, and
// each poll looks at the number of Ms whose flag is up (os_raised): one word at a known address, so
// a poll costs one load. While one M is wanted the polls of the others call the runtime too, which
// sends them on: for a moment, or for as long as the one is in code without polls, and so long
// calls and loops that call take 1.1 to 3 times their time.
//
// A flag that nobody will heed must not stay up: rt_preempt and rt_releasep each change one of
// status and flag and then look at the other, so at least one of them lowers it.

#include "../base/gmp.h"

void rt_raise(M *mp, uint32_t why);   // one that runs, and will go through its scheduler
void rt_preempt(P *pp, uint32_t why); // whichever M runs pp, if one does
uint32_t rt_lower(M *mp);             // returns why it was up; 0: it was not

#endif
