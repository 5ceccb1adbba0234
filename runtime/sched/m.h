#ifndef RT_M_H
#define RT_M_H

#include "sched.h"

// Makes mp idle until it has a P. False: it got one at once, without sleep. With one thread
// (alone.h) it returns without a P, and mp is idle.
bool rt_stopm(M *mp);
// Sleeps until mp has a P.
void rt_wait_for_p(M *mp);
// mp was woken. True: it has a P.
bool rt_mwoken(M *mp);
// The thread of mp has begun to run: sleeps until mp has a P.
void rt_mstarted(M *mp);
// On sysmon: finds an M for work that no M has taken.
void rt_unstall(int64_t now);

#endif
