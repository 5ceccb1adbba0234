#ifndef RT_SCHED_H
#define RT_SCHED_H

// Who runs. A goroutine stops and goes on only by parking and readying: nobody else writes its
// status.
//
// To wait: put yourself, under a lock, where the waker will find you, then call
// rt_park(unlockf, lock, reason). unlockf(lock) runs on the M's own stack after the goroutine is
// completely saved, so a waker on another M can never resume a half-saved one.

#include "../base/os.h"
#include "../base/self.h"

void rt_park0(M *mp, G *gp); // the second half of rt_park, on the M's own stack

// Parks the calling goroutine. unlockf may be NULL. Returns after rt_ready. Inline, because each
// frame between the caller and the switch costs a park 12 ns.
ALWAYS_INLINE MAYSWITCH void
rt_park(void (*unlockf)(void *), void *lock, enum WaitReason reason)
{
	M *mp = rt_m();

	mp->waitunlockf = unlockf;
	mp->waitlock = lock;
	rt_g()->reason = reason;
	os_mcall(rt_park0);
}

void rt_unlockf(void *lock);

// The usual case: a Lock is unlocked once the goroutine is parked.
ALWAYS_INLINE MAYSWITCH void
rt_park_unlock(Lock *l, enum WaitReason reason)
{
	rt_park(rt_unlockf, l, reason);
}

// Waiting -> runnable; the goroutine runs next on this P if it can. Any M may call it, with or
// without a P, and with locks held whose rank is below RankSched.
void rt_ready(G *gp);
// The same, from a thread that is no M and may neither sleep nor wait for a lock (the lock's holder
// may be dead). The caller has raised sched.hostpending, which counts gp until it is queued: at
// once if an M is idle, else within 5 ms.
void rt_ready_outside(G *gp);
// n more threads exist that are no M and may call rt_futexwake. While there are some, no deadlock
// is told.
void rt_strangers(int32_t n);
void rt_take_outside(void);

// Makes a goroutine and queues it. system: a service goroutine.
G *rt_newproc(void (*fn)(void *), void *arg, size_t stack_bytes, const Site *site, bool system);

// The same for a thread. Threads begin in the order in which they were made, as those of a system
// mostly do. A new goroutine begins before those that wait for their turn.
G *rt_newthread(void (*fn)(void *), void *arg, size_t stack_bytes, const Site *site);

// The same for a service goroutine that sometimes runs code of the program. It has a number like
// the program's goroutines. With rt_set_system it becomes one of them, and a service goroutine
// again.
G *rt_newhelper(void (*fn)(void *), size_t stack_bytes, const Site *site);
void rt_set_system(bool system);

// A small random number, for this M.
uint32_t rt_fastrand(void);

// Queues what rt_ready_outside made runnable. The world is not stopped, and sched.lock is held.
void rt_take_outside_locked(void);
bool rt_work_queued(void);   // anywhere
bool rt_work_to_share(void); // work for which it pays to wake an M
void rt_unblocked(G *gp);    // gp is readied: calls the hook of the block profile

// --- newproc.c ---
MAYSWITCH NORETURN void rt_goexit(void);
// Throws: go_exit cannot end a goroutine below frames that cannot be unwound.
NORETURN void rt_goexit_stuck(void);
int rt_gcount(void);

// With one thread: what rt_mstart does, until mp is idle or the turn is over.
void rt_mlevel(M *mp);

// --- init.c ---
void rt_schedinit(int procs);
void rt_schedstart(void);

// --- newm.c ---
M *rt_allocm(void (*fn)(M *)); // NULL: no memory

// --- m.c ---
void rt_startm(P *pp, bool spinning);
void rt_wakep(void);
void rt_handoffp(P *pp);
void rt_acquirep(M *mp, P *pp);
P *rt_releasep(M *mp);
// Helpers of the collector, in a stopped world. rt_helpgc_take takes at most n idle Ms, linked.
// rt_helpgc_wake adds one to *working for each M, then wakes it: the M calls rt_hooks.on_helpgc and
// becomes idle again.
void rt_helpgc(M *mp);
M *rt_helpgc_take(int32_t n);
void rt_helpgc_wake(M *list, AtomicU32 *working);
// Waits until all helpers are idle again.
void rt_helpgc_wait(void);

// --- syscall.c ---
// Around anything that may block the thread: the first gives up the P, the second gets one again.
// Dumps show reason and the frames in between.
MAYSWITCH void rt_entersyscall(enum WaitReason reason);
MAYSWITCH void rt_exitsyscall(void);

// --- runq.c ---
void rt_runqput(P *pp, G *gp, bool next);
G *rt_runqget(P *pp, bool *inherit);
G *rt_runqsteal(P *pp, P *victim, bool runnext);
void rt_globrunqput_locked(G *gp);
G *rt_globrunqget_locked(P *pp, int32_t max);
void rt_globrunqremove_locked(G *gp, G *before);
// The time slice is over: the goroutine that would have inherited it goes to the tail.
void rt_runqrest(P *pp);
bool rt_runqempty(P *pp);
uint32_t rt_runqlen(P *pp);

// --- status.c ---
const char *rt_reason_text(uint32_t reason);
// What the dump shows in brackets: the state, or the reason of a wait.
const char *rt_status_text(G *gp);
bool rt_isrunning(G *gp);

// --- sysmon.c ---
// Coarse clock: sysmon sets it every few milliseconds while something runs. Parking reads it.
extern AtomicU64 rt_coarsetime;
void rt_sysmon(M *mp);
// With one thread: does sysmon's work once. Returns how many ns later it is due again; INT64_MAX:
// when something has happened.
int64_t rt_sysmon_once(void);
// Wakes sysmon, so that it looks at the time of the first timer again.
void rt_sysmon_wake(void);

#endif
