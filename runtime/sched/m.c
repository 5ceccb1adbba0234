#include "m.h"

#include "../base/hooks.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "alone.h"
#include "idle.h"
#include "newm.h"
#include "preempt.h"
#include "procs.h"
#include "spinning.h"
#include "world.h"

// How an M gets and gives up a P, sleeps without one, and is woken or started for one.

void
rt_acquirep(M *mp, P *pp)
{
	if (mp->p || pp->m || load_acq(&pp->status) != Pidle) {
		rt_printf("runtime: acquirep: M%d has P %p, P%d has M %p and status %u\n", mp->id,
		          (void *)mp->p, pp->id, (void *)pp->m, load_acq(&pp->status));
		rt_throw("proc: acquire of a P that is not idle");
	}
	mp->p = pp;
	pp->m = mp;
	rt_trace_due(mp);
	store_rel(&pp->status, Prunning);
}

P *
rt_releasep(M *mp)
{
	P *pp = mp->p;

	if (!pp || pp->m != mp || load_acq(&pp->status) != Prunning)
		rt_throw("proc: release of a P that is not held");
	mp->p = NULL;
	pp->m = NULL;
	rt_trace_due(mp);
	store_seq(&pp->status, Pidle);
	rt_lower(mp);
	return pp;
}

// The collector has woken mp to help. Afterwards mp is idle again.
NOINLINE void
rt_helpgc(M *mp)
{
	mp->helpgc = false;
	rt_hooks.on_helpgc(mp);
	rt_lock(&sched.lock);
	rt_mput_locked(mp);
	rt_unlock(&sched.lock);
	add_seq(&sched.nhelpgc, (uint32_t)-1);
}

M *
rt_helpgc_take(int32_t n)
{
	M *list = NULL, *mp;

	for (; n > 0 && (mp = rt_mget()) != NULL; n--) {
		mp->schedlink = list;
		list = mp;
	}
	return list;
}

void
rt_helpgc_wake(M *list, AtomicU32 *working)
{
	M *mp;

	while ((mp = list) != NULL) {
		list = mp->schedlink;
		mp->helpgc = true;
		add_seq(working, 1);
		add_seq(&sched.nhelpgc, 1);
		rt_notewakeup(&mp->park);
	}
}

void
rt_helpgc_wait(void)
{
	while (load_seq(&sched.nhelpgc) > 0)
		os_pause(100);
}

// Was a goroutine made runnable outside after mp had looked, and before mp could be woken for it?
// True: mp is out of pollm again.
static bool
missed_outside(M *mp)
{
	return loadp_seq(&sched.outside) && !load_seq(&sched.gcwaiting) &&
	       casp_acqrel(&sched.pollm, (uintptr_t)mp, 0);
}

// mp was taken out of pollm to look at the outside list. If it gets an idle P, it goes on to
// schedule, and looks there. Else it only queues the goroutines of the list and becomes idle again;
// while the world is to stop, they stay in the list.
static bool
woken_outside(M *mp)
{
	M *other;
	P *pp;

	rt_lock(&sched.lock);
	sched.nmidle--;
	other = sched.midle;
	if (other && casp_acqrel(&sched.pollm, 0, (uintptr_t)other))
		sched.midle = other->schedlink;
	pp = rt_pidleget_locked();
	if (!pp) {
		if (!load_seq(&sched.gcwaiting))
			rt_take_outside_locked();
		rt_mput_locked(mp);
	}
	rt_unlock(&sched.lock);
	if (pp)
		rt_acquirep(mp, pp);
	return pp != NULL;
}

bool
rt_mwoken(M *mp)
{
	P *pp = mp->nextp;

	if (mp->helpgc) {
		rt_helpgc(mp);
		return false;
	}
	if (!pp)
		return woken_outside(mp);
	mp->nextp = NULL;
	rt_acquirep(mp, pp);
	return true;
}

void
rt_wait_for_p(M *mp)
{
	do {
		if (missed_outside(mp))
			continue;
		if (os_alone())
			rt_sleep_alone(&mp->park.key, 0, -1);
		else
			rt_notesleep(&mp->park);
		rt_noteclear(&mp->park);
	} while (!rt_mwoken(mp));
}

// An idle P for an M that is about to sleep, if there is work that no other M looks for: whoever
// queued the work may have looked for an idle M just before.
static P *
work_after_all_locked(void)
{
	if (!rt_nobody_looks() || !rt_work_to_share())
		return NULL;
	return rt_pidleget_locked();
}

static bool
sleep_locked(M *mp)
{
	P *pp = work_after_all_locked();

	if (pp) {
		rt_spinning_begin(mp);
	} else {
		rt_mput_locked(mp);
	}
	rt_unlock(&sched.lock);
	if (pp)
		rt_acquirep(mp, pp);
	else if (os_alone())
		mp->away = true;
	else
		rt_wait_for_p(mp);
	return !pp;
}

bool
rt_stopm(M *mp)
{
	if (mp->locks)
		rt_throw("proc: stop of an M that holds locks");
	rt_spinning_end(mp);
	rt_trace_idle(mp);
	rt_lock(&sched.lock);
	return sleep_locked(mp);
}

void
rt_mstarted(M *mp)
{
	rt_lock(&sched.lock);
	sched.nstarting--;
	sleep_locked(mp);
}

// --- waking and starting ---

// Takes from the global queue a goroutine that waits in place: its own M can run it.
static G *
take_inplace_locked(void)
{
	G *gp, *before = NULL;

	for (gp = sched.runqhead; gp && !(gp->inplace && rt_reachable(gp->inplace));
	     gp = gp->schedlink)
		before = gp;
	if (gp)
		rt_globrunqremove_locked(gp, before);
	return gp;
}

// Nobody holds pp any more.
static void
idle_locked(P *pp)
{
	if (!rt_stopp_locked(pp))
		rt_pidleput_locked(pp);
}

// All workers that may exist are busy or blocked. A goroutine that waits in place needs no other
// worker. All other work stays queued until a worker is free again.
static void
no_worker_locked(P *pp)
{
	G *gp;

	add_seq(&sched.nomoreworkers, 1);
	rt_drain_locked(pp);
	gp = take_inplace_locked();
	if (!gp) {
		idle_locked(pp);
		return;
	}
	sched.nmidlelocked--;
	gp->inplace->nextp = pp;
	rt_notewakeup(&gp->inplace->park);
}

// No M sleeps, so pp becomes idle, and keeps its queue: whoever needs a P takes it, and a spinning
// M steals from it. True: the caller starts a worker, which will look for an idle P. One worker for
// each idle P is enough.
static bool
want_worker_locked(P *pp)
{
	if (sched.nmidle > 0) {
		// An M was just woken from outside, and is about to look for an idle P.
		idle_locked(pp);
		return false;
	}
	if (sched.mcount >= sched.maxmcount) {
		no_worker_locked(pp);
		return false;
	}
	idle_locked(pp);
	if (sched.nstarting >= (int32_t)load_seq(&sched.npidle))
		return false;
	sched.mcount++;
	sched.nstarting++;
	return true;
}

// Has pp (NULL: an idle P) run by an idle M, or by a new one. spinning: the M looks for work; the
// caller has already counted it in nmspinning.
void
rt_startm(P *pp, bool spinning)
{
	bool more = false;
	M *mp = NULL;

	rt_lock(&sched.lock);
	if (pp || (pp = rt_pidleget_locked()) != NULL) {
		mp = rt_mget_locked();
		more = !mp && want_worker_locked(pp);
	}
	// With the lock held: an M that is about to sleep looks at the count.
	if (!mp && spinning)
		add_seq(&sched.nmspinning, (uint32_t)-1);
	rt_unlock(&sched.lock);
	if (mp) {
		mp->spinning = spinning;
		mp->nextp = pp;
		rt_notewakeup(&mp->park);
		return;
	}
	if (more)
		rt_newm();
	if (loadp_seq(&sched.outside)) // whoever put it there may have seen nmspinning up
		rt_sysmon_wake();
}

// There is new work: wakes one more M to look for it, unless an M is looking already.
void
rt_wakep(void)
{
	if (cas_acqrel(&sched.nmspinning, 0, 1))
		rt_startm(NULL, true);
}

// The M of pp is about to block: another M takes over its work.
void
rt_handoffp(P *pp)
{
	bool stopped = load_seq(&sched.gcwaiting);

	if (stopped) {
		rt_lock(&sched.lock);
		stopped = rt_stopp_locked(pp);
		rt_unlock(&sched.lock);
	}
	if (stopped)
		return;
	if (!rt_runqempty(pp) || load_relaxed(&sched.runqsize) > 0 || load_relaxed(&sched.urgent)) {
		rt_startm(pp, false);
		return;
	}
	rt_lock(&sched.lock);
	idle_locked(pp); // a stop may have begun since
	rt_unlock(&sched.lock);
	// Whoever queues work then looks for an idle P. This M made pp idle, and now looks for
	// work. So one of the two sees the other.
	if (rt_work_to_share())
		rt_wakep();
}

// Sometimes a P is idle and work is queued, but no M takes them: a new worker does not run as long
// as the host's thread is busy, or no M was free for a moment.
void
rt_unstall(int64_t now)
{
	P *pp = NULL;
	G *gp;

	if (load_seq(&sched.npidle) == 0 || !rt_work_queued())
		return;
	rt_lock(&sched.lock);
	if (sched.maxmcount < sched.mlimit && now > sched.retry)
		sched.maxmcount = sched.mlimit; // there may be memory again
	if (sched.nmidle == 0 && (gp = take_inplace_locked()) != NULL) {
		pp = rt_pidleget_locked();
		if (pp) {
			sched.nmidlelocked--;
			gp->inplace->nextp = pp;
			rt_notewakeup(&gp->inplace->park);
		} else {
			rt_globrunqput_locked(gp);
		}
	}
	rt_unlock(&sched.lock);
	if (!pp)
		rt_wakep();
}
