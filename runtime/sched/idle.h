#ifndef RT_IDLE_H
#define RT_IDLE_H

#include "sched.h"

// sched.lock is held for all but rt_mget and rt_checkdead.

P *rt_pidleget_locked(void);
void rt_pidleput_locked(P *pp);

// An idle M, or NULL.
M *rt_mget(void);
M *rt_mget_locked(void);
void rt_mput_locked(M *mp);

// Dies of a deadlock if nothing can ever run again.
void rt_checkdead(void);
void rt_checkdead_locked(void);

#endif
