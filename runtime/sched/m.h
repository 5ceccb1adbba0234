#ifndef RT_M_H
#define RT_M_H

#include "sched.h"

// Sleeps until there is a P for it. False: there was one at once.
bool rt_stopm(M *mp);
// Sleeps until handed a P.
void rt_wait_for_p(M *mp);
// Its thread runs: sleeps until there is a P for it.
void rt_mstarted(M *mp);
// On sysmon: work that nobody has come for gets an M.
void rt_unstall(int64_t now);

#endif
