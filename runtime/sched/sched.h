#ifndef RT_SCHED_H
#define RT_SCHED_H

// Who runs. Parking and readying are the only ways to stop and to go on: nobody else writes
// a goroutine's status.
//
// To wait: put yourself where the waker will find you, under its lock, then
// rt_park(unlockf, lock, reason). unlockf(lock) runs on the M's own stack after the goroutine
// is completely saved, so a waker on another M can never resume a half-saved one.

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

// The usual case: unlocks a Lock once parked. The Lock is held by this M until then, so the
// count that guards against switching with locks is corrected here.
ALWAYS_INLINE MAYSWITCH void
rt_park_unlock(Lock *l, enum WaitReason reason)
{
	rt_park(rt_unlockf, l, reason);
}

// Waiting -> runnable; the goroutine runs next on this P if it can. May be called by any M, with
// or without a P. May be called with locks held whose rank is below RankSched.
void rt_ready(G *gp);
// The same from a thread that is no M and may neither sleep nor wait for a lock (its holder may be
// dead). sched.hostpending, raised before, counts it until it is queued: within 5 ms, at once if an
// M is idle.
void rt_ready_outside(G *gp);
void rt_take_outside(void);

// Makes a goroutine and queues it. system: a service goroutine.
G *rt_newproc(void (*fn)(void *), void *arg, size_t stack_bytes, const Site *site, bool system);

// The same for a service goroutine that runs code of the program at times, and is one of the
// program's then: it has a number as these have, and calls rt_set_system.
G *rt_newhelper(void (*fn)(void *), size_t stack_bytes, const Site *site);
void rt_set_system(bool system);

// A small random number, for this M.
uint32_t rt_fastrand(void);

// Queues what was made runnable outside. The world is not stopped, and sched.lock is held.
void rt_take_outside_locked(void);
bool rt_work_queued(void);   // anywhere
bool rt_work_to_share(void); // that pays to wake an M for
void rt_unblocked(G *gp);    // it is readied: the hook of the block profile

// --- newproc.c ---
MAYSWITCH NORETURN void rt_goexit(void);
// go_exit cannot end what stands on frames that cannot be unwound.
NORETURN void rt_goexit_stuck(void);
int rt_gcount(void);

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
// At most n idle Ms, linked, for rt_helpgc_wake: they call rt_hooks.on_helpgc and become idle
// again. *working is raised by one for each before it is woken. The world is stopped.
void rt_helpgc(M *mp);
M *rt_helpgc_take(int32_t n);
void rt_helpgc_wake(M *list, AtomicU32 *working);
// Waits until all are idle again.
void rt_helpgc_wait(void);

// --- syscall.c ---
// Around anything that may block the thread: gives up the P, comes back with one.
// reason is shown while inside. Keeps the frames for dumps.
MAYSWITCH void rt_entersyscall(enum WaitReason reason);
MAYSWITCH void rt_exitsyscall(void);

// --- runq.c ---
void rt_runqput(P *pp, G *gp, bool next);
G *rt_runqget(P *pp, bool *inherit);
G *rt_runqsteal(P *pp, P *victim, bool runnext);
void rt_globrunqput_locked(G *gp);
G *rt_globrunqget_locked(P *pp, int32_t max);
void rt_globrunqremove_locked(G *gp, G *before);
// The time slice is over: what would have inherited it goes to the tail.
void rt_runqrest(P *pp);
bool rt_runqempty(P *pp);
uint32_t rt_runqlen(P *pp);

// --- status.c ---
const char *rt_reason_text(uint32_t reason);
// What the dump shows between the brackets: state, or reason when waiting.
const char *rt_status_text(G *gp);
bool rt_isrunning(G *gp);

// --- sysmon.c ---
// Coarse clock: sysmon sets it every few milliseconds while something runs. Parking reads it.
extern AtomicU64 rt_coarsetime;
void rt_sysmon(M *mp);
// sysmon is to look at the time of the first timer again.
void rt_sysmon_wake(void);

#endif
