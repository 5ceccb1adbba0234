#include "bound.h"

#include "../base/throw.h"
#include "../trace/trace.h"
#include "alone.h"
#include "idle.h"
#include "m.h"

// A goroutine is bound to an M by go_lock_os_thread, or while it waits there in place.

// gp is bound to this M and does not run: the P goes to another M, and this M waits.
void
rt_stoplockedm(M *mp, G *gp)
{
	rt_trace_idle(mp);
	if (mp->p)
		rt_handoffp(rt_releasep(mp));
	rt_lock(&sched.lock);
	sched.nmidlelocked++;
	rt_checkdead_locked();
	rt_unlock(&sched.lock);
	rt_wait_for_p(mp);
	if (load_acq(&gp->status) != Grunnable)
		rt_throw("proc: bound goroutine is not runnable");
}

// gp is bound to another M: hands that one this M's P, and sleeps.
void
rt_startlockedm(M *mp, G *gp)
{
	M *owner = gp->inplace ? gp->inplace : gp->lockedm;
	P *pp;

	if (!rt_reachable(owner)) {
		rt_lock(&sched.lock);
		rt_put_off_locked(gp);
		rt_unlock(&sched.lock);
		return;
	}
	pp = rt_releasep(mp);
	rt_lock(&sched.lock);
	sched.nmidlelocked--;
	rt_unlock(&sched.lock);
	owner->nextp = pp;
	rt_notewakeup(&owner->park);
	rt_stopm(mp);
}

void
go_lock_os_thread(void)
{
	G *gp = rt_g();

	if (gp->lockcount == UINT32_MAX)
		rt_throw("LockOSThread nesting overflow");
	gp->lockcount++;
	gp->lockedm = rt_m();
	if (!os_alone()) // else every goroutine has this thread
		rt_m()->lockedg = gp;
}

void
go_unlock_os_thread(void)
{
	G *gp = rt_g();

	if (gp->lockcount == 0 || --gp->lockcount > 0)
		return;
	gp->lockedm->lockedg = NULL;
	gp->lockedm = NULL;
}
