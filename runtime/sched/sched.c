#include "sched.h"

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/print.h"
#include "../base/pushlist.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "alone.h"
#include "bound.h"
#include "idle.h"
#include "m.h"
#include "newproc.h"
#include "preempt.h"
#include "spinning.h"
#include "stack.h"
#include "world.h"

// Who runs next. Every M loops here on its own stack: it finds a goroutine, runs it until it
// leaves, and calls the function it left for (mcallfn). An M without a P may not run goroutines. An
// M without work sleeps on its note. At most half as many Ms as busy Ps spin in search of work, so
// a wake-up is cheap and idle workers cost nothing. After Go's proc.c (1.4).

enum {
	AnswerNs = 50000, // how long an idle M looks out for an answer of the host
	MaxLuck = 8,      // after so many looks in vain
	LuckTries = 16,   // it looks only one time in so many
	MaxVain = 4,      // so many Ms in a row may be woken in vain
	Rounds = 1024,    // of the scheduler, between two looks for better code
};

Sched sched = {.hostluck = MaxLuck, .lock = LOCK_INIT(RankSched), .gflock = LOCK_INIT(RankGfree)};
NOROOT(sched)
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
	if (gp)
		sched.urgentg = gp->schedlink;
	store_relaxed(&sched.urgent, sched.urgentg != NULL);
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

// Looks through the other Ps' queues, in random order, four times. The last time also takes
// runnext.
static G *
steal(M *mp)
{
	int32_t n = gomaxprocs;

	if (!mp->spinning && 2 * (int32_t)load_relaxed(&sched.nmspinning) >=
	                             n - (int32_t)load_relaxed(&sched.npidle))
		return NULL; // enough Ms are looking
	rt_spinning_begin(mp);
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
			if (gp) {
				rt_trace(TraceSteal, (uint32_t)victim->id, gp->id);
				return gp;
			}
		}
		os_pause(50);
	}
	return NULL;
}

// Does it pay to wake an M for the work that is queued on pp? An M woken for one goroutine that was
// just readied mostly comes too late: whoever readied it soon waits, and the goroutine runs on pp.
// To wake an M costs more than all the rest of such an exchange. So one readied goroutine wakes an
// M only while that pays; more queued work always does. Sysmon takes care of the rest (rt_unstall).
// If an M that was woken gets work, it pays again. Nobody runs what is queued on an idle P, so that
// always counts (work_queued).
ALWAYS_INLINE bool
pays_to_share(P *pp)
{
	return load_relaxed(&sched.vain) < MaxVain ||
	       load_acq(&pp->runqhead) != load_acq(&pp->runqtail);
}

static bool
work_queued(bool shared)
{
	if (load_seq(&sched.runqsize) > 0 || load_seq(&sched.urgent) || loadp_seq(&sched.outside))
		return true;
	for (int32_t i = 0; i < gomaxprocs; i++) {
		P *pp = allp[i];

		if (pp && !rt_runqempty(pp) &&
		    (!shared || load_acq(&pp->status) == Pidle || pays_to_share(pp)))
			return true;
	}
	return false;
}

bool
rt_work_queued(void)
{
	return work_queued(false);
}

bool
rt_work_to_share(void)
{
	return work_queued(true);
}

// Should this M wait for an answer of the host without sleeping? An answer may come within
// microseconds; to sleep and be woken takes tens of them. So it does for a while, unless that has
// been in vain lately.
static bool
answer_soon(M *mp, int64_t *until)
{
	uint32_t luck = load_relaxed(&sched.hostluck);
	int64_t now;

	if (!mp->spinning || load_relaxed(&sched.answers) == 0 || os_alone())
		return false;
	if (*until == 0 && luck == 0 && rt_fastrand() % LuckTries != 0)
		return false;
	now = os_nanotime();
	if (*until == 0)
		*until = now + AnswerNs;
	if (now < *until)
		return true;
	if (luck > 0)
		store_relaxed(&sched.hostluck, luck - 1);
	return false;
}

// Blocks until there is something to run. NULL: with one thread, mp is idle.
static G *
find_runnable(M *mp)
{
	int64_t until = 0;
	bool slept = false, woken = false;

	for (;;) {
		bool inherit;
		G *gp;

		if (load_seq(&sched.gcwaiting)) {
			rt_gcstopm(mp);
			if (mp->away)
				return NULL;
			continue;
		}
		if (loadp_acq(&sched.outside)) {
			if (!slept)
				store_relaxed(&sched.hostluck, MaxLuck);
			rt_take_outside();
		}
		if (load_relaxed(&sched.urgent) && (gp = take_urgent()) != NULL)
			return gp;
		if ((gp = rt_runqget(mp->p, &inherit)) != NULL ||
		    (gp = from_global(mp->p, 0)) != NULL || (gp = steal(mp)) != NULL) {
			if (woken)
				store_relaxed(&sched.vain, 0);
			return gp;
		}
		if (answer_soon(mp, &until))
			continue;
		until = 0;

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
		if (woken)
			store_relaxed(&sched.vain, load_relaxed(&sched.vain) + 1);
		rt_pidleput_locked(rt_releasep(mp));
		rt_unlock(&sched.lock);
		// rt_stopm lowers nmspinning, then looks for work once more: whoever queued work
		// while the count was up has woken nobody.
		if (rt_stopm(mp))
			slept = true;
		if (mp->away)
			return NULL;
		woken = mp->spinning;
	}
}

// The next goroutine for this M, with a P held.
static G *
next(M *mp, bool *inherit)
{
	P *pp = mp->p;
	G *gp = NULL;

	*inherit = false;
	if (unlikely(loadp_acq(&sched.outside)))
		rt_take_outside();
	// This is no new time slice, or two goroutines that wake each other would run for ever.
	if (unlikely(load_relaxed(&sched.urgent)) && (gp = take_urgent()) != NULL)
		*inherit = true;
	// Sometimes the global queue comes first, or two goroutines that ready each other would
	// starve it.
	if (!gp && load_relaxed(&pp->schedtick) % 61 == 0)
		gp = from_global(pp, 1);
	if (!gp)
		gp = rt_runqget(pp, inherit);
	return gp;
}

// Neither rt_schedule nor rt_execute may be inlined into rt_rounds, nor that into the endless loop
// of rt_mstart. (The link step's passes must not inline them either.)
NOINLINE static G *
rt_schedule(M *mp)
{
	for (;;) {
		bool inherit = false;
		G *gp;

		if (mp->locks != 0)
			rt_throw("sched: schedule holding locks");
		if (!mp->p && !mp->lockedg) {
			if (mp->away)
				return NULL;
			rt_throw("sched: a goroutine left its worker within a host call");
		}
		if (mp->lockedg) {
			rt_stoplockedm(mp, mp->lockedg);
			return mp->lockedg; // a new time slice
		}
		// Before the look at gcwaiting: a stop raises gcwaiting, then preempt. So either
		// this M or the goroutine it runs next sees one of them.
		if (unlikely(load_relaxed(&mp->preempt)) && rt_lower(mp) & PreemptStop)
			rt_runqrest(mp->p);
		if (load_seq(&sched.gcwaiting)) {
			rt_gcstopm(mp);
			continue;
		}
		if (unlikely(os_alone()) && rt_turn_over())
			return NULL;
		gp = next(mp, &inherit);
		if (!gp) {
			rt_trace_idle(mp);
			gp = find_runnable(mp);
			if (!gp)
				return NULL;
		}
		// The last M that was spinning has found work: there may be more.
		if (rt_spinning_end(mp) && rt_nobody_looks())
			rt_wakep();
		if (gp->inplace || (gp->lockedm && gp->lockedm != mp && !os_alone())) {
			rt_startlockedm(mp, gp);
			continue; // with one thread, mp is idle now
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

// gp has just left, so a sample that is due now is gp's. It is taken before others may run gp.
ALWAYS_INLINE void
left(M *mp, G *gp, void (*then)(M *, G *))
{
	if (unlikely(load_relaxed(&mp->due)))
		rt_hooks.on_sample(mp, gp, then);
	else
		then(mp, gp);
}

NOINLINE static void
rt_execute(M *mp, G *gp)
{
	bool finished;

	gp->m = mp;
	mp->curg = gp;
	gp->waitsince = 0;
	gp->running = 0;
	rt_trace_run(mp, gp);
	store_relaxed(&gp->status, Grunning);
	if (unlikely(rt_debug.preemptstress) &&
	    rt_fastrand() % (uint32_t)rt_debug.preemptstress == 0)
		rt_raise(mp, PreemptStop);
	if (unlikely(load_relaxed(&mp->due)))
		rt_hooks.on_sample(mp, NULL, NULL);
	do {
		mp->resume = false;
		os_run(mp, gp, &finished);
		if (finished) {
			left(mp, gp, rt_goexit0);
			return;
		}
		check_canary(gp);
		left(mp, gp, mp->mcallfn);
	} while (mp->resume);
}

static void
first_p(M *mp)
{
	P *pp = mp->nextp;

	mp->nextp = NULL;
	if (pp)
		rt_acquirep(mp, pp);
	else
		rt_mstarted(mp);
}

// Until a function is called anew, the engine keeps the code that it began with, which is not
// optimised. Such code counts the turns of its loops in memory that all workers share: with an
// endless loop here, a switch on two Ps took twice as long. So the loop has an end.
NOINLINE static void
rt_rounds(M *mp)
{
	for (int i = 0; i < Rounds; i++)
		rt_execute(mp, rt_schedule(mp));
}

void
rt_mstart(M *mp)
{
	os_minit(mp);
	rt_trace_now(TraceThread, 0, 0);
	if (mp->startfn)
		mp->startfn(mp);
	first_p(mp);
	for (;;)
		rt_rounds(mp);
}

void
rt_mlevel(M *mp)
{
	G *gp;

	os_minit(mp);
	mp->away = false;
	if (load_acq(&mp->park.key) != 0)
		rt_noteclear(&mp->park);
	if (!mp->started) {
		mp->started = true;
		rt_trace_now(TraceThread, 0, 0);
		first_p(mp);
	} else if (!mp->p && !rt_mwoken(mp)) {
		mp->away = true;
	}
	while (!mp->away && (gp = rt_schedule(mp)) != NULL)
		rt_execute(mp, gp);
}

// --- parking and readying ---
//
// A status needs only plain writes. Whoever readies a goroutine found it under a lock that was
// released after the write. Whoever runs a goroutine took it from a run queue.

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

	rt_trace_leave(mp, LeftPark, gp->reason);
	mp->curg = NULL;
	gp->m = NULL;
	gp->waitsince = (int64_t)load64_acq(&rt_coarsetime);
	store_relaxed(&gp->status, Gwaiting);
	if (unlikely(load_relaxed(&sched.timewaits)))
		rt_hooks.on_block(gp);
	if (unlockf)
		unlockf(mp->waitlock);
}

// Queues a service goroutine, or one that an M without a P (sysmon) made runnable.
static void
ready_global_locked(G *gp)
{
	if (gp->system) {
		gp->schedlink = sched.urgentg;
		sched.urgentg = gp;
		store_seq(&sched.urgent, 1);
	} else {
		rt_globrunqput_locked(gp);
	}
}

// A function of its own, so that the link step can be told that it never suspends.
NOINLINE void
rt_unblocked(G *gp)
{
	rt_hooks.on_unblock(gp);
}

void
rt_ready(G *gp)
{
	M *mp = rt_m();
	uint32_t was = load_relaxed(&gp->status);
	bool here = mp && mp->p && !gp->system;

	if (unlikely(was != Gwaiting)) {
		rt_printf("runtime: ready of goroutine %U, which is %s\n", gp->id,
		          rt_status_text(gp));
		rt_throw("sched: ready of a goroutine that is not waiting");
	}
	if (unlikely(gp->blocked))
		rt_unblocked(gp);
	rt_trace_ready(mp, gp);
	store_relaxed(&gp->status, Grunnable);
	if (here) {
		rt_runqput(mp->p, gp, true);
	} else {
		rt_lock(&sched.lock);
		ready_global_locked(gp);
		rt_unlock(&sched.lock);
	}
	if (rt_nobody_looks() && (!here || pays_to_share(mp->p)))
		rt_wakep();
}

// First puts gp into the list, then makes sure that an M finds it:
//	- an M that stops spinning looks at the list once more
//	- an M that goes to sleep enters pollm, then looks
//	- a busy M looks whenever it schedules
//	- if no M is idle but a P is, sysmon looks
void
rt_ready_outside(G *gp)
{
	M *mp;

	rt_push(&sched.outside, gp, offsetof(G, schedlink));
	if (load_seq(&sched.nmspinning) > 0)
		return;
	mp = (M *)swapp_acqrel(&sched.pollm, 0);
	if (mp)
		rt_notewakeup(&mp->park);
	else if (load_seq(&sched.npidle) > 0)
		rt_sysmon_wake();
}

static G *
outside_list(void)
{
	return rt_take_in_order(&sched.outside, offsetof(G, schedlink));
}

void
rt_take_outside(void)
{
	G *list = outside_list(), *gp;

	while ((gp = list) != NULL) {
		list = gp->schedlink;
		rt_ready(gp);
		add_seq(&sched.hostpending, (uint32_t)-1);
	}
}

void
rt_take_outside_locked(void)
{
	G *list = outside_list(), *gp;

	while ((gp = list) != NULL) {
		list = gp->schedlink;
		rt_trace_ready(rt_m(), gp);
		store_relaxed(&gp->status, Grunnable);
		ready_global_locked(gp);
		add_seq(&sched.hostpending, (uint32_t)-1);
	}
}

void
rt_gosched0(M *mp, G *gp)
{
	rt_trace_leave(mp, LeftYield, WaitNone);
	mp->curg = NULL;
	gp->m = NULL;
	store_relaxed(&gp->status, Grunnable);
	rt_runqput(mp->p, gp, false);
	if (rt_nobody_looks())
		rt_wakep();
}

// A poll found that only a sample was wanted. It has been taken.
void
rt_sampled0(M *mp, G *gp)
{
	(void)gp;
	if (load_seq(&mp->preempt) == PreemptSample)
		rt_lower(mp);
	mp->resume = true;
}

// A poll found the flag up, and gp was unwound against its will. For a stop of the world, or for an
// urgent service goroutine (which may want to stop it), gp stays first on its P and counts as
// running; so does it if only the turn is over (alone.h). If its time slice is over, it goes to the
// end of the global queue.
void
rt_preempt0(M *mp, G *gp)
{
	bool stopping = load_seq(&sched.gcwaiting);
	bool urgent = load_relaxed(&sched.urgent);

	rt_lower(mp);
	rt_trace_leave(mp, stopping ? LeftStop : LeftPreempt, WaitNone);
	rt_trace_due(mp);
	mp->curg = NULL;
	gp->m = NULL;
	gp->running = stopping || urgent || (rt_turn_ends() && !gp->inplace);
	store_relaxed(&gp->status, Grunnable);
	store_relaxed(&mp->p->npreempt, load_relaxed(&mp->p->npreempt) + 1);
	if (gp->running) {
		rt_runqput(mp->p, gp, true);
		return;
	}
	rt_lock(&sched.lock);
	rt_globrunqput_locked(gp);
	rt_unlock(&sched.lock);
}
