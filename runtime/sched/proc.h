#ifndef RT_PROC_H
#define RT_PROC_H

// Ms, Ps and the birth and death of goroutines: what the scheduler's own files ask of proc.c.

#include "../base/base.h"
#include "../worldsema.h"
#include "sched.h"
#include "stack.h"

// Coarse clock: sysmon sets it every few milliseconds while something runs. Parking reads it.
extern AtomicU64 rt_coarsetime;

P *rt_pidleget_locked(void);
void rt_pidleput_locked(P *pp);
M *rt_mget(void); // an idle M, or NULL
// Queues what was made runnable outside. The world is not stopped.
void rt_take_outside_locked(void);
void rt_checkdead(void); // dies of a deadlock if nothing can ever run again
void rt_newm(void);
void rt_mstarted(M *mp);           // its thread runs: sleeps until there is a P for it
bool rt_stopm(M *mp);              // sleeps until there is a P for it; false: there was one at once
void rt_take_failed(void);         // on sysmon: what rt_mfailed was told of
void rt_unstall(int64_t now);      // on sysmon: while a worker starts, its P goes to who needs none
bool rt_work_queued(void);         // anywhere
bool rt_work_to_share(void);       // that pays to wake an M for
void rt_stoplockedm(M *mp, G *gp); // until gp, which is its own, is runnable
void rt_wait_for_p(M *mp);         // sleeps until handed a P
void rt_startlockedm(M *mp, G *gp);
void rt_giveupp(M *mp, G *gp); // gp is to be in Gsyscall, without a P
bool rt_getp(M *mp, G *gp);    // gp goes on, with a P; false: it is queued for one
void rt_gfpurge(P *pp);        // its dead goroutines to the global list
void rt_goexit0(M *mp, G *gp);
void rt_preempt0(M *mp, G *gp);
void rt_unblocked(G *gp); // it is readied: the hook of the block profile
void rt_sampled0(M *mp, G *gp);

#endif
