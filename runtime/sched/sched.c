#include "sched.h"

#include "../base/debug.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "proc.h"
#include "world.h"

// Who runs next. Every M loops here on its own stack: find a goroutine, run it until it leaves,
// do what it left for (mcallfn), again. An M without a P may not run goroutines; one without work
// sleeps on its note. At most half as many Ms as busy Ps spin in search of work, so that a
// wake-up is cheap and idle workers cost nothing. After Go's proc.c (1.4).

Sched sched = {.lock = LOCK_INIT(RankSched), .gflock = LOCK_INIT(RankGfree)};
P *_Atomic allp[MaxProcs + 1];
_Atomic int32_t gomaxprocs;

uint32_t
rt_fastrand(void)
{
	static AtomicU32 seed;
	M *mp = rt_m();
	uint32_t x = mp ? mp->rand : add_seq(&seed, 0x9e3779b9u) | 1;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	if (mp)
		mp->rand = x;
	return x;
}

// --- finding work ---

// A service goroutine that the host waits for goes before everything else.
static G *
take_urgent(void)
{
	G *gp;

	rt_lock(&sched.lock);
	gp = sched.urgentg;
	sched.urgentg = NULL;
	store_relaxed(&sched.urgent, 0);
	rt_unlock(&sched.lock);
	return gp;
}

static G *
from_global(P *pp, int32_t max)
{
	G *gp;

	if (load_relaxed(&sched.runqsize) == 0)
		return NULL;
	rt_lock(&sched.lock);
	gp = rt_globrunqget_locked(pp, max);
	rt_unlock(&sched.lock);
	return gp;
}

static void
stop_spinning(M *mp)
{
	mp->spinning = false;
	if ((int32_t)add_seq(&sched.nmspinning, (uint32_t)-1) < 0)
		rt_throw("sched: spinning Ms below zero");
}

static void
start_spinning(M *mp)
{
	if (!mp->spinning) {
		mp->spinning = true;
		add_seq(&sched.nmspinning, 1);
	}
}

// Looks through the other Ps' queues, in random order, four times; the last time also for what
// would run next.
static G *
steal(M *mp)
{
	int32_t n = gomaxprocs;

	if (!mp->spinning && 2 * (int32_t)load_relaxed(&sched.nmspinning) >=
	                             n - (int32_t)load_relaxed(&sched.npidle))
		return NULL; // enough are looking
	start_spinning(mp);
	for (int round = 0; round < 4; round++) {
		uint32_t start = rt_fastrand();

		for (int32_t i = 0; i < n; i++) {
			P *victim = allp[(start + (uint32_t)i) % (uint32_t)n];
			G *gp;

			if (load_relaxed(&sched.gcwaiting) || load_relaxed(&sched.urgent))
				return NULL;
			if (!victim || victim == mp->p)
				continue;
			gp = rt_runqsteal(mp->p, victim, round == 3);
			if (gp)
				return gp;
		}
		os_pause(50);
	}
	return NULL;
}

static bool
work_queued(void)
{
	if (load_seq(&sched.runqsize) > 0)
		return true;
	for (int32_t i = 0; i < gomaxprocs; i++)
		if (allp[i] && !rt_runqempty(allp[i]))
			return true;
	return false;
}

// After this M announced that it is idle: was something queued in between? If so take a P back.
// The global queue counts too: sysmon puts the goroutines of timers there.
static bool
work_after_all(M *mp, bool wasspinning)
{
	P *pp;

	if (!work_queued())
		return false;
	rt_lock(&sched.lock);
	pp = rt_pidleget_locked();
	rt_unlock(&sched.lock);
	if (!pp)
		return false;
	rt_acquirep(mp, pp);
	if (wasspinning)
		start_spinning(mp);
	return true;
}

// Blocks until there is something to run.
static G *
find_runnable(M *mp)
{
	for (;;) {
		bool inherit, wasspinning;
		G *gp;

		if (load_seq(&sched.gcwaiting)) {
			rt_gcstopm(mp);
			continue;
		}
		if (load_relaxed(&sched.urgent) && (gp = take_urgent()) != NULL)
			return gp;
		if ((gp = rt_runqget(mp->p, &inherit)) != NULL)
			return gp;
		if ((gp = from_global(mp->p, 0)) != NULL)
			return gp;
		if ((gp = steal(mp)) != NULL)
			return gp;

		rt_lock(&sched.lock);
		if (load_seq(&sched.gcwaiting) || sched.urgentg) {
			rt_unlock(&sched.lock);
			continue;
		}
		if (load_relaxed(&sched.runqsize) > 0) {
			gp = rt_globrunqget_locked(mp->p, 0);
			rt_unlock(&sched.lock);
			return gp;
		}
		rt_pidleput_locked(rt_releasep(mp));
		rt_unlock(&sched.lock);
		wasspinning = mp->spinning;
		if (wasspinning)
			stop_spinning(mp);
		// Only after the count went down: who queues work looks at it before deciding that
		// nobody need be woken.
		if (work_after_all(mp, wasspinning))
			continue;
		rt_stopm(mp);
	}
}

// The next goroutine for this M, with a P held.
static G *
next(M *mp, bool *inherit)
{
	P *pp = mp->p;
	G *gp = NULL;

	*inherit = false;
	if (load_relaxed(&sched.urgent))
		gp = take_urgent();
	// Now and then the global queue first, or two goroutines that ready each other would
	// starve it.
	if (!gp && load_relaxed(&pp->schedtick) % 61 == 0)
		gp = from_global(pp, 1);
	if (!gp)
		gp = rt_runqget(pp, inherit);
	return gp;
}

// Neither this nor rt_execute may be merged into the loop of rt_mstart: a frame that is entered
// once is never replaced by optimised code. (The link step keeps its passes from it too.)
NOINLINE static G *
rt_schedule(M *mp)
{
	for (;;) {
		bool inherit = false;
		G *gp;

		if (mp->locks != 0)
			rt_throw("sched: schedule holding locks");
		if (!mp->p && !mp->lockedg)
			rt_throw("sched: a goroutine left its worker within a host call");
		if (mp->lockedg) {
			rt_stoplockedm(mp);
			return mp->lockedg; // it counts as a new time slice
		}
		// Before the look at gcwaiting: a stop raises gcwaiting, then preempt, so one of the
		// two is seen by whatever runs next.
		if (load_relaxed(&mp->preempt))
			store_seq(&mp->preempt, 0);
		if (load_seq(&sched.gcwaiting)) {
			rt_gcstopm(mp);
			continue;
		}
		gp = next(mp, &inherit);
		if (!gp)
			gp = find_runnable(mp);
		if (mp->spinning) {
			stop_spinning(mp);
			// The last spinner found work: there may be more.
			if (load_relaxed(&sched.npidle) > 0 && load_relaxed(&sched.nmspinning) == 0)
				rt_wakep();
		}
		if (gp->lockedm && gp->lockedm != mp) {
			rt_startlockedm(mp, gp);
			continue;
		}
		if (!inherit)
			store_relaxed(&mp->p->schedtick, load_relaxed(&mp->p->schedtick) + 1);
		return gp;
	}
}

// --- running ---

static void
check_canary(G *gp)
{
	if (*(uint32_t *)gp->stack_lo == STACK_CANARY && gp->sp >= gp->stack_lo)
		return;
	rt_printf("runtime: goroutine %U stack exceeds %u-byte limit\n", gp->id, gp->stack_bytes);
	rt_fatal(FatalStack, "stack overflow");
}

NOINLINE static void
rt_execute(M *mp, G *gp)
{
	bool finished;

	gp->m = mp;
	mp->curg = gp;
	gp->waitsince = 0;
	gp->running = 0;
	store_relaxed(&gp->status, Grunning);
	if (unlikely(rt_debug.preemptstress) &&
	    rt_fastrand() % (uint32_t)rt_debug.preemptstress == 0)
		store_relaxed(&mp->preempt, 1);
	do {
		mp->resume = false;
		os_run(mp, gp, &finished);
		if (finished) {
			rt_goexit0(mp, gp);
			return;
		}
		check_canary(gp);
		mp->mcallfn(mp, gp);
	} while (mp->resume);
}

void
rt_mstart(M *mp)
{
	os_minit(mp);
	if (mp->startfn)
		mp->startfn(mp);
	if (mp->nextp) {
		P *pp = mp->nextp;

		mp->nextp = NULL;
		rt_acquirep(mp, pp);
	} else {
		rt_stopm(mp);
	}
	for (;;)
		rt_execute(mp, rt_schedule(mp));
}

// --- parking and readying ---
//
// A status is written plainly: who readies a goroutine took it from a queue under a lock that was
// released after the write, and who runs it took it from a run queue.

void
rt_unlockf(void *lock)
{
	rt_unlock(lock);
}

// The goroutine is saved. From the unlock on it may run on another M: do not touch it.
void
rt_park0(M *mp, G *gp)
{
	void (*unlockf)(void *) = mp->waitunlockf;

	mp->curg = NULL;
	gp->m = NULL;
	gp->waitsince = (int64_t)load64_acq(&rt_coarsetime);
	store_relaxed(&gp->status, Gwaiting);
	if (unlockf)
		unlockf(mp->waitlock);
}

// Queues a goroutine made runnable by an M without a P (sysmon, the host's thread).
static void
ready_global(G *gp)
{
	rt_lock(&sched.lock);
	if (gp->system) {
		sched.urgentg = gp;
		store_seq(&sched.urgent, 1);
	} else {
		rt_globrunqput_locked(gp);
	}
	rt_unlock(&sched.lock);
}

void
rt_ready(G *gp)
{
	M *mp = rt_m();
	uint32_t was = load_relaxed(&gp->status);

	if (unlikely(was != Gwaiting)) {
		rt_printf("runtime: ready of goroutine %U, which is %s\n", gp->id,
		          rt_status_text(gp));
		rt_throw("sched: ready of a goroutine that is not waiting");
	}
	store_relaxed(&gp->status, Grunnable);
	if (mp && mp->p && !gp->system)
		rt_runqput(mp->p, gp, true);
	else
		ready_global(gp);
	if (load_seq(&sched.npidle) > 0 && load_seq(&sched.nmspinning) == 0)
		rt_wakep();
}

void
rt_gosched0(M *mp, G *gp)
{
	mp->curg = NULL;
	gp->m = NULL;
	store_relaxed(&gp->status, Grunnable);
	rt_runqput(mp->p, gp, false);
	if (load_seq(&sched.npidle) > 0 && load_seq(&sched.nmspinning) == 0)
		rt_wakep();
}

// A poll found preempt raised: the goroutine was unwound against its will. For a stop of the
// world it stays first on its P; when its time is up it goes to the end of the global queue.
void
rt_preempt0(M *mp, G *gp)
{
	bool stopping = load_seq(&sched.gcwaiting);

	store_relaxed(&mp->preempt, 0);
	mp->curg = NULL;
	gp->m = NULL;
	gp->running = stopping;
	store_relaxed(&gp->status, Grunnable);
	store_relaxed(&mp->p->npreempt, load_relaxed(&mp->p->npreempt) + 1);
	if (stopping || load_relaxed(&sched.urgent)) {
		rt_runqput(mp->p, gp, true);
		return;
	}
	rt_lock(&sched.lock);
	rt_globrunqput_locked(gp);
	rt_unlock(&sched.lock);
}
