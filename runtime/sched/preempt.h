#ifndef RT_PREEMPT_H
#define RT_PREEMPT_H

// How a computing goroutine is asked to enter the runtime. Each M has a flag, M.preempt. Each poll
// looks at the number of Ms whose flag is up (os_raised): one word at a known address, so a poll
// costs one load. While one M is wanted, the polls of the others call the runtime too, and return
// at once. While the wanted M is in code without polls, call-heavy code elsewhere is 1.1 to 3 times
// slower.
//
// A flag that no poll will see must not stay up. rt_preempt raises the flag, then looks at the P's
// status; rt_releasep changes the status, then looks at the flag. So at least one of them lowers
// the flag.

#include "../base/gmp.h"

void rt_raise(M *mp, uint32_t why);   // mp runs, and will go through its scheduler
void rt_preempt(P *pp, uint32_t why); // raises the flag of the M that runs pp, if any
uint32_t rt_lower(M *mp);             // returns why the flag was up; 0: it was not

#endif
