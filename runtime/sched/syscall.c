#include "syscall.h"

#include "../base/hooks.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "idle.h"
#include "m.h"

// Host calls: code that may block the thread runs without a P, so that other Ms can use the P.

void
rt_giveupp(M *mp, G *gp)
{
	rt_trace_now(TraceCall, gp->reason, gp->id);
	store_rel(&gp->status, Gsyscall);
	mp->syscallp = mp->p;
	rt_handoffp(rt_releasep(mp));
}

static void
entersyscall0(M *mp, G *gp)
{
	if (rt_hooks.on_syscall)
		rt_hooks.on_syscall(gp);
	os_keep(mp, gp);
	rt_giveupp(mp, gp);
	mp->resume = true;
}

void
rt_entersyscall(enum WaitReason reason)
{
	if (!rt_p())
		rt_throw("proc: host call within a host call");
	rt_g()->reason = reason;
	os_mcall(entersyscall0);
}

// The old P if it is idle, else any idle one.
static P *
exit_pidle(M *mp)
{
	P **link, *pp = NULL;

	rt_lock(&sched.lock);
	if (!load_seq(&sched.gcwaiting)) {
		for (link = &sched.pidle; *link && *link != mp->syscallp; link = &(*link)->link)
			;
		if (*link) { // to the front
			pp = *link;
			*link = pp->link;
			pp->link = sched.pidle;
			sched.pidle = pp;
		}
		pp = rt_pidleget_locked();
	}
	rt_unlock(&sched.lock);
	return pp;
}

bool
rt_getp(M *mp, G *gp)
{
	P *pp = exit_pidle(mp);

	if (pp) {
		rt_acquirep(mp, pp);
		store_rel(&gp->status, Grunning);
		rt_trace(TraceReturn, 0, gp->id);
		return true;
	}
	rt_trace_leave(mp, LeftQueue, WaitNone);
	mp->curg = NULL;
	gp->m = NULL;
	store_rel(&gp->status, Grunnable);
	rt_lock(&sched.lock);
	rt_globrunqput_locked(gp);
	rt_unlock(&sched.lock);
	return false;
}

static void
exitsyscall0(M *mp, G *gp)
{
	bool own = mp->lockedg || gp->inplace; // read now: once gp is queued, others may run it

	mp->resume = rt_getp(mp, gp);
	if (!mp->resume && !own) // else the scheduler waits for the M's own goroutine
		rt_stopm(mp);
}

void
rt_exitsyscall(void)
{
	if (rt_p())
		rt_throw("proc: exit from a host call that was not entered");
	os_mcall(exitsyscall0);
}

void
go_entersyscall(void)
{
	rt_entersyscall(WaitNone);
}

void
go_exitsyscall(void)
{
	rt_exitsyscall();
}
