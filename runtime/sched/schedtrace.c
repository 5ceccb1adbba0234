#include "schedtrace.h"

#include "../base/debug.h"
#include "../base/noroot.h"
#include "../base/print.h"
#include "sched.h"

// The scheduler's state in Go's format. It is read without locks, so it may be inconsistent.

static int64_t started, last;
NOROOT(started)
NOROOT(last)

static void
summary(int64_t now)
{
	rt_printf(
		"SCHED %Dms: gomaxprocs=%d idleprocs=%u threads=%d spinningthreads=%u idlethreads=%d "
		"runqueue=%u",
		(now - started) / 1000000, gomaxprocs, load_relaxed(&sched.npidle), sched.mcount,
		load_relaxed(&sched.nmspinning), sched.nmidle, load_relaxed(&sched.runqsize));
}

static void
ps(void)
{
	for (int32_t i = 0; i < gomaxprocs; i++) {
		P *pp = allp[i];

		rt_printf("  P%d: status=%u schedtick=%u m=%d runqsize=%u gfreecnt=%u\n", i,
		          load_relaxed(&pp->status), load_relaxed(&pp->schedtick),
		          pp->m ? pp->m->id : -1, rt_runqlen(pp), pp->ngfree);
	}
}

static void
ms(void)
{
	for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink)
		rt_printf("  M%d: p=%d curg=%D locks=%d dying=%d spinning=%t lockedg=%D\n", mp->id,
		          mp->p ? mp->p->id : -1, mp->curg ? (int64_t)mp->curg->id : -1, mp->locks,
		          mp->dying, mp->spinning, mp->lockedg ? (int64_t)mp->lockedg->id : -1);
}

static void
gs(void)
{
	for (uint32_t i = 0; i < load_acq(&allglen); i++) {
		G *gp = allg_at(i);

		if (load_relaxed(&gp->status) != Gdead)
			rt_printf("  G%U: status=%u(%s) m=%d lockedm=%d\n", gp->id,
			          load_relaxed(&gp->status), rt_status_text(gp),
			          gp->m ? gp->m->id : -1, gp->lockedm ? gp->lockedm->id : -1);
	}
}

static void
trace(int64_t now, bool detail)
{
	summary(now);
	if (detail) {
		rt_printf(" gcwaiting=%u nmidlelocked=%d stopwait=%d sysmonwait=%u\n",
		          load_relaxed(&sched.gcwaiting), sched.nmidlelocked, sched.stopwait,
		          load_relaxed(&sched.sysmonwait));
		ps();
		ms();
		gs();
		return;
	}
	for (int32_t i = 0; i < gomaxprocs; i++)
		rt_printf("%s%u", i ? " " : " [", rt_runqlen(allp[i]));
	rt_prints("]\n");
}

void
rt_schedtrace_tick(int64_t now)
{
	if (rt_debug.schedtrace <= 0)
		return;
	if (!started)
		started = now; // the first line comes at once, as in Go
	else if (now - last < (int64_t)rt_debug.schedtrace * 1000000)
		return;
	last = now;
	trace(now, rt_debug.scheddetail > 0);
}
