#include "inplace.h"

#include "../base/hooks.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "bound.h"
#include "idle.h"
#include "m.h"
#include "preempt.h"
#include "syscall.h"
#include "world.h"

// A goroutine that waits in place occupies a worker, and a worker costs megabytes. Beyond
// EasyWaiters, each further worker is started only after a longer time slice than the one before.
enum { EasyWaiters = 8, SliceNs = 10000000 };

static void
if_due(M *mp, G *gp)
{
	if (load_relaxed(&mp->due))
		rt_hooks.on_sample(mp, gp, NULL);
}

// From here on other Ms may look at the goroutine's frames and find its M.
static void
settle(M *mp, G *gp, uint32_t poll)
{
	rt_trace(TraceInplace, 0, gp->id);
	if (rt_hooks.on_inplace)
		rt_hooks.on_inplace(mp, poll);
	gp->inplace = mp;
}

// This M has a P again, and it is gp's turn.
static void
go_on(M *mp, G *gp)
{
	gp->inplace = NULL;
	gp->m = mp;
	mp->curg = gp;
	gp->waitsince = 0;
	gp->running = 0;
	rt_trace_run(mp, gp);
	store_relaxed(&gp->status, Grunning);
	store_relaxed(&mp->p->schedtick, load_relaxed(&mp->p->schedtick) + 1);
	// Cleared before the look at gcwaiting: a stop raises gcwaiting, then preempt.
	rt_lower(mp);
	if (load_seq(&sched.gcwaiting))
		rt_raise(mp, PreemptStop);
	if_due(mp, NULL); // a sample due now is not gp's
}

static void
wait_in_place(M *mp, G *gp)
{
	rt_stoplockedm(mp, gp);
	go_on(mp, gp);
}

// The P stays put with the goroutine it runs, and its M sleeps until the world starts.
static void
stop_in_place(M *mp, G *gp)
{
	P *pp = mp->p;

	rt_lock(&sched.lock);
	if (!load_seq(&sched.gcwaiting)) { // the world has started again
		rt_unlock(&sched.lock);
		go_on(mp, gp);
		return;
	}
	rt_trace_leave(mp, LeftStop, WaitNone);
	rt_trace_idle(mp);
	pp->stopped = gp;
	rt_stopp_locked(rt_releasep(mp));
	rt_unlock(&sched.lock);
	rt_wait_for_p(mp);
	go_on(mp, gp);
}

void
rt_inplace_requeue_locked(P *pp)
{
	G *gp = pp->stopped;

	if (!gp)
		return;
	pp->stopped = NULL;
	gp->m = NULL;
	gp->inplace->curg = NULL;
	store_relaxed(&gp->status, Grunnable);
	rt_globrunqput_locked(gp);
	sched.nmidlelocked++; // whoever hands a P to its M subtracts it again
}

// Is there another goroutine to run, and a worker for it?
static bool
should_yield(M *mp)
{
	P *pp = mp->p;
	bool idle, full, starting;
	int32_t waiting;

	if (!load_relaxed(&sched.urgent) && rt_runqempty(pp) && load_relaxed(&sched.runqsize) == 0)
		return false;
	rt_lock(&sched.lock);
	idle = sched.nmidle > 0;
	full = sched.mcount >= sched.maxmcount;
	waiting = sched.nmidlelocked;
	starting = sched.nstarting > 0;
	rt_unlock(&sched.lock);
	if (idle)
		return true;
	// Goroutines that wait in place need no other worker: see no_worker_locked, rt_unstall.
	if (full || starting)
		return waiting > 0;
	return load_relaxed(&sched.urgent) || waiting < EasyWaiters ||
	       os_nanotime() - pp->sysmonwhen > (int64_t)SliceNs * (waiting - EasyWaiters + 1);
}

static void
sample_in_place(M *mp, G *gp, uint32_t poll)
{
	if (!load_relaxed(&mp->due))
		return;
	settle(mp, gp, poll);
	if_due(mp, gp);
	gp->inplace = NULL;
}

void
rt_inplace_poll(void *arg)
{
	M *mp = rt_m();
	G *gp = mp->curg;
	uint32_t poll = (uint32_t)(uintptr_t)arg, why = rt_lower(mp);

	if (load_seq(&sched.gcwaiting)) {
		settle(mp, gp, poll);
		if_due(mp, gp);
		stop_in_place(mp, gp);
	} else if (why & PreemptStop && should_yield(mp)) {
		settle(mp, gp, poll);
		if_due(mp, gp);
		rt_preempt0(mp, gp);
		wait_in_place(mp, gp);
	} else {
		sample_in_place(mp, gp, poll);
	}
}

void
rt_inplace_block(void *arg)
{
	G *gp = arg;
	M *mp = rt_m();

	settle(mp, gp, 0);
	if_due(mp, gp);
	gp->reason = WaitNone;
	rt_giveupp(mp, gp);
}

void
rt_inplace_unblock(void *arg)
{
	G *gp = arg;
	M *mp = rt_m();

	if (rt_getp(mp, gp))
		gp->inplace = NULL;
	else
		wait_in_place(mp, gp);
}

void
rt_inplace_leave(void *arg)
{
	G *gp = arg;
	M *mp = rt_m();

	settle(mp, gp, 0);
	if (load_relaxed(&mp->due))
		rt_hooks.on_sample(mp, gp, mp->mcallfn);
	else
		mp->mcallfn(mp, gp);
	if (mp->resume) {
		mp->resume = false; // the loop in rt_execute, further out, expects that
		gp->inplace = NULL;
		return;
	}
	add64_seq(&sched.nblockedinplace, 1);
	wait_in_place(mp, gp);
}
