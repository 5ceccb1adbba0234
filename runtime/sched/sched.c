#include "sched.h"

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/print.h"
#include "../base/pushlist.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "bound.h"
#include "idle.h"
#include "m.h"
#include "newproc.h"
#include "preempt.h"
#include "spinning.h"
#include "stack.h"
#include "world.h"

// Who runs next. Every M loops here on its own stack: find a goroutine, run it until it leaves,
// do what it left for (mcallfn), again. An M without a P may not run goroutines; one without work
// sleeps on its note. At most half as many Ms as busy Ps spin in search of work, so that a
// wake-up is cheap and idle workers cost nothing. After Go's proc.c (1.4).

enum {
	AnswerNs = 50000, // how long an idle M looks out for an answer of the host
	MaxLuck = 8,      // so often in vain before it gives that up,
	LuckTries = 16,   // but for one time in so many
	MaxVain = 4,      // so many Ms in a row may be woken in vain
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

// Looks through the other Ps' queues, in random order, four times; the last time also for what
// would run next.
static G *
steal(M *mp)
{
	int32_t n = gomaxprocs;

	if (!mp->spinning && 2 * (int32_t)load_relaxed(&sched.nmspinning) >=
	                             n - (int32_t)load_relaxed(&sched.npidle))
		return NULL; // enough are looking
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

// Does it pay that another M comes for what is queued on this P? One that is woken for a goroutine
// which has just been readied mostly comes too late: who readied it soon waits, and it runs where
// it is. To wake an M costs more than all the rest of such a conversation. So this is done while it
// pays, and always when more is queued. Sysmon looks after what is left (rt_unstall); if an M gets
// that, it pays again.
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
	for (int32_t i = 0; i < gomaxprocs; i++)
		if (allp[i] && !rt_runqempty(allp[i]) && (!shared || pays_to_share(allp[i])))
			return true;
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

// Somebody waits for an answer of the host, which may come within microseconds, while to sleep and
// be woken takes tens of them: look out for it a while, unless that has been in vain lately.
static bool
answer_soon(M *mp, int64_t *until)
{
	uint32_t luck = load_relaxed(&sched.hostluck);
	int64_t now;

	if (!mp->spinning || load_relaxed(&sched.answers) == 0)
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

// Blocks until there is something to run.
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
		// It looks once more, after the count of those that search went down: who queues
		// work looks at that before deciding that nobody need be woken.
		if (rt_stopm(mp))
			slept = true;
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
	// It is no new time slice: who wakes it and is woken by it would run for ever.
	if (unlikely(load_relaxed(&sched.urgent)) && (gp = take_urgent()) != NULL)
		*inherit = true;
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
			rt_stoplockedm(mp, mp->lockedg);
			return mp->lockedg; // it counts as a new time slice
		}
		// Before the look at gcwaiting: a stop raises gcwaiting, then preempt, so one of
		// the two is seen by whatever runs next.
		if (unlikely(load_relaxed(&mp->preempt)) && rt_lower(mp) & PreemptStop)
			rt_runqrest(mp->p);
		if (load_seq(&sched.gcwaiting)) {
			rt_gcstopm(mp);
			continue;
		}
		gp = next(mp, &inherit);
		if (!gp) {
			rt_trace_idle(mp);
			gp = find_runnable(mp);
		}
		// The last one that looked has found work: there may be more.
		if (rt_spinning_end(mp) && rt_nobody_looks())
			rt_wakep();
		if (gp->inplace || (gp->lockedm && gp->lockedm != mp)) {
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

// A sample that is due is the goroutine's that has just left, also if others may run it from then
// on.
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

void
rt_mstart(M *mp)
{
	os_minit(mp);
	rt_trace_now(TraceThread, 0, 0);
	if (mp->startfn)
		mp->startfn(mp);
	if (mp->nextp) {
		P *pp = mp->nextp;

		mp->nextp = NULL;
		rt_acquirep(mp, pp);
	} else {
		rt_mstarted(mp);
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

// Queues a goroutine made runnable by an M without a P (sysmon).
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

// Of its own, so that the link step can be told that it never suspends.
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

// Made runnable outside: into the list first, then a look for somebody who will find it. An M that
// stops to search looks there once more; one that goes to sleep enters pollm, then looks; the
// others come by when they schedule; sysmon, if no M is left and a P is.
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

// A poll found that only a sample was wanted, which has been taken.
void
rt_sampled0(M *mp, G *gp)
{
	(void)gp;
	if (load_seq(&mp->preempt) == PreemptSample)
		rt_lower(mp);
	mp->resume = true;
}

// A poll found the flag up: the goroutine was unwound against its will. For a stop of the world, or
// for who is to stop it, it stays first on its P and counts as running; when its time is up it goes
// to the end of the global queue.
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
	gp->running = stopping || urgent;
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
