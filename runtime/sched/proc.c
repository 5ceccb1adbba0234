#include "preempt.h"
#include "proc.h"

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "../mem/malloc.h"
#include "../trace/trace.h"
#include "inplace.h"
#include "world.h"

// Boot, Ms and Ps, GOMAXPROCS, binding to threads.

enum { RetryNs = 100000000 }; // after so long a worker is asked for again

AtomicU64 rt_coarsetime;
NOROOT(rt_coarsetime)
Hooks rt_hooks;

// --- idle Ps and Ms ---

P *
rt_pidleget_locked(void)
{
	P *pp = sched.pidle;

	if (!pp)
		return NULL;
	sched.pidle = pp->link;
	pp->link = NULL;
	// The first to leave idleness wakes the watcher, which slept for as long as nothing ran.
	if (add_seq(&sched.npidle, (uint32_t)-1) + 1 == (uint32_t)gomaxprocs &&
	    load_seq(&sched.sysmonwait))
		rt_sysmon_wake();
	return pp;
}

void
rt_pidleput_locked(P *pp)
{
	store_rel(&pp->status, Pidle);
	pp->link = sched.pidle;
	sched.pidle = pp;
	add_seq(&sched.npidle, 1);
}

static M *
mget_locked(void)
{
	M *mp = sched.midle;

	if (mp)
		sched.midle = mp->schedlink;
	else
		mp = (M *)swapp_acqrel(&sched.pollm, 0);
	if (mp)
		sched.nmidle--;
	return mp;
}

M *
rt_mget(void)
{
	M *mp;

	rt_lock(&sched.lock);
	mp = mget_locked();
	rt_unlock(&sched.lock);
	return mp;
}

// Who waits in place may be about to get a P, and sysmon asks for a worker again.
static int64_t nobodysince;
NOROOT(nobodysince)

enum { NobodyNs = 1000000000 };

static bool
forlong(void)
{
	int64_t now = os_nanotime();

	if (nobodysince == 0)
		nobodysince = now;
	return now - nobodysince > NobodyNs;
}

// Nothing runs, nothing is runnable: is there anything in the world that could change that?
// Called with sched.lock held by an M that just became idle, or by sysmon. What was queued
// without a P may be about to get an M.
static void
checkdead_locked(void)
{
	int32_t running = sched.mcount - sched.nmidle - sched.nmidlelocked - sched.nmsys;

	if (running > 0 || !sched.mainstarted) {
		nobodysince = 0;
		return;
	}
	if (running < 0) {
		rt_printf("runtime: checkdead: %d Ms, %d idle, %d locked, %d of the system\n",
		          sched.mcount, sched.nmidle, sched.nmidlelocked, sched.nmsys);
		rt_throw("proc: inconsistent count of Ms");
	}
	if (load_seq(&sched.hostpending) > 0 || (rt_hooks.on_idle && rt_hooks.on_idle()) ||
	    (rt_hooks.on_hostwait && rt_hooks.on_hostwait()))
		return;
	// A timer that fired just now queued its goroutine before it stopped counting as pending; who
	// queued it is about to wake somebody.
	if (load_relaxed(&sched.runqsize) > 0 || sched.urgentg) {
		if (sched.nmidle > 0 || sched.mcount < sched.maxmcount)
			return;
		if (sched.mspare && !forlong())
			return;
		if (sched.mspare)
			rt_fatal(FatalThrow,
			         "no worker can be started, and goroutines wait for one: "
			         "out of memory");
		rt_fatal(FatalDeadlock, "all workers are blocked in callbacks from foreign "
		                        "code, and goroutines wait for one - deadlock!");
	}
	if (rt_gcount() == 0)
		rt_fatal(FatalDeadlock, "no goroutines (main called go_exit) - deadlock!");
	rt_fatal(FatalDeadlock, "all goroutines are asleep - deadlock!");
}

void
rt_checkdead(void)
{
	rt_lock(&sched.lock);
	checkdead_locked();
	rt_unlock(&sched.lock);
}

static void
mput_locked(M *mp)
{
	if (!casp_acqrel(&sched.pollm, 0, (uintptr_t)mp)) {
		mp->schedlink = sched.midle;
		sched.midle = mp;
	}
	sched.nmidle++;
	checkdead_locked();
}

// --- Ms ---

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

// The collector wants help of an M that slept; afterwards it is idle again.
NOINLINE void
rt_helpgc(M *mp)
{
	mp->helpgc = false;
	rt_hooks.on_helpgc(mp);
	rt_lock(&sched.lock);
	mput_locked(mp);
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

// Was something made runnable outside after this M had looked, and before others could wake it?
static bool
missed_outside(M *mp)
{
	return loadp_seq(&sched.outside) && !load_seq(&sched.gcwaiting) &&
	       casp_acqrel(&sched.pollm, (uintptr_t)mp, 0);
}

// An M was taken out of pollm to look at what was made runnable outside. With an idle P it goes on
// to schedule, and looks there. Else it only queues what there is: later on, after a stopped world.
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
		mput_locked(mp);
	}
	rt_unlock(&sched.lock);
	if (pp)
		rt_acquirep(mp, pp);
	return pp != NULL;
}

void
rt_wait_for_p(M *mp)
{
	P *pp;

	for (;;) {
		if (!missed_outside(mp)) {
			rt_notesleep(&mp->park);
			rt_noteclear(&mp->park);
		}
		if (mp->helpgc)
			rt_helpgc(mp);
		else if (mp->nextp)
			break;
		else if (woken_outside(mp))
			return;
	}
	pp = mp->nextp;
	mp->nextp = NULL;
	rt_acquirep(mp, pp);
}

// An idle P for an M that is about to sleep, if there is work that nobody else looks for: who queued it may have
// looked for an M just before.
static P *
work_after_all_locked(void)
{
	if (load_seq(&sched.npidle) == 0 || load_seq(&sched.nmspinning) > 0 || !rt_work_to_share())
		return NULL;
	return rt_pidleget_locked();
}

static bool
sleep_locked(M *mp)
{
	P *pp = work_after_all_locked();

	if (pp) {
		mp->spinning = true;
		add_seq(&sched.nmspinning, 1);
	} else {
		mput_locked(mp);
	}
	rt_unlock(&sched.lock);
	if (pp)
		rt_acquirep(mp, pp);
	else
		rt_wait_for_p(mp);
	return !pp;
}

bool
rt_stopm(M *mp)
{
	if (mp->locks)
		rt_throw("proc: stop of an M that holds locks");
	if (mp->spinning) {
		mp->spinning = false;
		add_seq(&sched.nmspinning, (uint32_t)-1);
	}
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

M *
rt_allocm(void (*fn)(M *))
{
	M *mp = os_alloc(sizeof *mp + sizeof(G));
	uintptr_t head;

	if (!mp)
		return NULL;
	mp->g0 = (G *)(mp + 1);
	mp->g0->m = mp;
	mp->rand = (uint32_t)os_random() | 1;
	mp->startfn = fn;
	mp->trace = rt_trace_newring(rt_debug.flightrec);
	rt_lock(&sched.lock);
	mp->id = sched.mids++;
	rt_unlock(&sched.lock);
	do {
		head = loadp_acq(&sched.allm);
		mp->alllink = (M *)head;
	} while (!casp_acqrel(&sched.allm, head, (uintptr_t)mp));
	return mp;
}

// What a P that is to die holds goes to the global queue and lists.
static void
drain_locked(P *pp)
{
	bool inherit;
	G *gp;

	rt_inplace_requeue_locked(pp);
	while ((gp = rt_runqget(pp, &inherit)) != NULL)
		rt_globrunqput_locked(gp);
	rt_gfpurge(pp);
}

// So many Ms have no thread and get none. The limit falls to what there is, and what waits in the queues of idle
// Ps for a worker goes where every M finds it.
static void
not_started_locked(int32_t n)
{
	sched.mcount -= n;
	sched.nstarting -= n;
	if (sched.maxmcount > sched.mcount)
		sched.maxmcount = sched.mcount;
	sched.retry = os_nanotime() + RetryNs;
	for (P *pp = sched.pidle; pp; pp = pp->link)
		drain_locked(pp);
	checkdead_locked();
}

// One more M, which is counted already. Not inlined: wasm/nosuspend.txt names it.
NOINLINE void
rt_newm(void)
{
	M *mp;

	rt_lock(&sched.lock);
	mp = sched.mspare;
	if (mp)
		sched.mspare = mp->schedlink;
	rt_unlock(&sched.lock);
	if (!mp)
		mp = rt_allocm(NULL);
	if (!mp) {
		rt_lock(&sched.lock);
		not_started_locked(1);
		rt_unlock(&sched.lock);
		return;
	}
	if (rt_hooks.on_newm)
		rt_hooks.on_newm(mp);
	if (!os_newthread(mp))
		rt_mfailed(mp);
}

void
rt_mfailed(M *mp)
{
	uintptr_t head;

	do {
		head = loadp_acq(&sched.mfailed);
		mp->schedlink = (M *)head;
	} while (!casp_acqrel(&sched.mfailed, head, (uintptr_t)mp));
	rt_sysmon_wake();
}

// A goroutine of the global queue that waits in place, so that its own M can run it.
static G *
take_inplace_locked(void)
{
	G *gp, *before = NULL;

	for (gp = sched.runqhead; gp && !gp->inplace; gp = gp->schedlink)
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

// Every worker that may exist is busy or blocked. A goroutine that waits in place needs none; all
// other work stays queued until one is free again.
static void
no_worker_locked(P *pp)
{
	G *gp;

	add_seq(&sched.nomoreworkers, 1);
	drain_locked(pp);
	gp = take_inplace_locked();
	if (!gp) {
		idle_locked(pp);
		return;
	}
	sched.nmidlelocked--;
	gp->inplace->nextp = pp;
	rt_notewakeup(&gp->inplace->park);
}

// No M sleeps, so pp becomes idle, with what it has queued: whoever needs a P takes it, and whoever searches
// steals from it. True: a worker is to be started, which will look for an idle P. One for each is enough.
static bool
want_worker_locked(P *pp)
{
	if (sched.nmidle > 0) {
		// One was woken from outside just now, and is about to look for an idle P.
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

// Runs pp (or an idle P) on an M that sleeps, or has one started. spinning: the caller has already
// counted it.
void
rt_startm(P *pp, bool spinning)
{
	bool more = false;
	M *mp = NULL;

	rt_lock(&sched.lock);
	if (pp || (pp = rt_pidleget_locked()) != NULL) {
		mp = mget_locked();
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
	if (loadp_seq(&sched.outside)) // who put it there may have seen that count
		rt_sysmon_wake();
}

// Somebody made work: one more M may look for it, unless one is looking already.
void
rt_wakep(void)
{
	if (cas_acqrel(&sched.nmspinning, 0, 1))
		rt_startm(NULL, true);
}

// The M of pp is about to block. Somebody else is to go on with its work.
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
	// Whoever queues work looks for an idle P afterwards. Once this one is idle we look for work: one of
	// us sees the other.
	if (rt_work_to_share())
		rt_wakep();
}

// --- workers that do not come ---

void
rt_take_failed(void)
{
	M *list = (M *)swapp_acqrel(&sched.mfailed, 0), *mp;
	int32_t n = 0;

	if (!list)
		return;
	rt_lock(&sched.lock);
	for (; (mp = list) != NULL; n++) {
		list = mp->schedlink;
		mp->schedlink = sched.mspare;
		sched.mspare = mp;
	}
	not_started_locked(n);
	rt_unlock(&sched.lock);
}

// An idle P, and work, and nobody who takes both: a worker starts, which takes as long as the host's thread is
// busy; or there was no M for a moment.
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

// --- binding ---

// gp is bound to this M and does not run: the P goes to somebody else, the M waits.
void
rt_stoplockedm(M *mp, G *gp)
{
	rt_trace_idle(mp);
	if (mp->p)
		rt_handoffp(rt_releasep(mp));
	rt_lock(&sched.lock);
	sched.nmidlelocked++;
	checkdead_locked();
	rt_unlock(&sched.lock);
	rt_wait_for_p(mp);
	if (load_acq(&gp->status) != Grunnable)
		rt_throw("proc: bound goroutine is not runnable");
}

// gp is bound to another M: hand it this M's P and sleep.
void
rt_startlockedm(M *mp, G *gp)
{
	M *owner = gp->inplace ? gp->inplace : gp->lockedm;
	P *pp = rt_releasep(mp);

	rt_lock(&sched.lock);
	sched.nmidlelocked--;
	rt_unlock(&sched.lock);
	owner->nextp = pp;
	rt_notewakeup(&owner->park);
	rt_stopm(mp);
}

// --- host calls ---

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
	bool own = mp->lockedg || gp->inplace; // not to be read once it is queued

	mp->resume = rt_getp(mp, gp);
	if (!mp->resume && !own) // else it waits for its own goroutine
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

// --- GOMAXPROCS ---

static P *
newp(int32_t id)
{
	P *pp = os_alloc(sizeof *pp);

	if (!pp)
		rt_throw("proc: out of memory for a P");
	pp->id = id;
	pp->mcache = rt_mcache_new();
	pp->rand = (uint32_t)os_random() | 1;
	store_rel(&pp->status, Pgcstop);
	return pp;
}

// The world is stopped and sched.lock held (or boot). Returns the Ps with local work, linked;
// the others are idle. The caller keeps a P.
P *
rt_procresize(int32_t n)
{
	M *mp = rt_m();
	int32_t old = gomaxprocs;
	P *list = NULL;

	for (int32_t i = 0; i < n; i++)
		if (!allp[i])
			allp[i] = newp(i);
	gomaxprocs = n;
	for (int32_t i = n; i < old; i++) {
		drain_locked(allp[i]);
		rt_mcache_flush(allp[i]->mcache);
		store_rel(&allp[i]->status, Pdead);
	}
	if (mp && mp->p && mp->p->id >= n) {
		mp->p->m = NULL;
		mp->p = NULL;
	}
	if (mp && mp->p) {
		store_rel(&mp->p->status, Prunning);
	} else if (mp) {
		rt_inplace_requeue_locked(allp[0]);
		store_rel(&allp[0]->status, Pidle);
		rt_acquirep(mp, allp[0]);
	}
	for (int32_t i = n - 1; i >= 0; i--) {
		P *pp = allp[i];

		if (mp && pp == mp->p)
			continue;
		store_rel(&pp->status, Pidle);
		if (rt_runqempty(pp) && !pp->stopped) {
			rt_pidleput_locked(pp);
		} else {
			pp->link = list;
			list = pp;
		}
	}
	return list;
}

int
go_max_procs(int n)
{
	int old = gomaxprocs;

	if (n < 1 || n == old)
		return old;
	if (n > MaxProcs)
		n = MaxProcs;
	rt_world_begin();
	old = gomaxprocs;
	sched.newprocs = n;
	rt_world_end();
	return old;
}

void
go_lock_os_thread(void)
{
	G *gp = rt_g();

	if (gp->lockcount == UINT32_MAX)
		rt_throw("LockOSThread nesting overflow");
	gp->lockcount++;
	gp->lockedm = rt_m();
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

// --- boot ---

MAYSWITCH static void
main0(void *arg)
{
	int code = os_main();

	(void)arg;
	if (rt_g()->defers)
		rt_hooks.on_goexit(rt_g());
	rt_exit(code);
}

static M *m0, *watcher;

// Everything that must exist before the first M runs. On the host's thread.
void
rt_schedinit(int procs)
{
	static const Site site = {"", "", 0};

	sched.maxmcount = sched.mlimit = procs + 64 > MaxProcs + 64 ? MaxProcs + 64 : procs + 64;
	store64_rel(&rt_coarsetime, (uint64_t)os_nanotime());
	rt_traceclock.base = os_nanotime();
	rt_lock(&sched.lock);
	rt_procresize(procs);
	rt_unlock(&sched.lock);
	m0 = rt_allocm(NULL);
	// Both exist and are counted before either runs: the deadlock check compares the counts.
	watcher = rt_allocm(rt_sysmon);
	sched.mcount = 2;
	sched.nmsys = 1;
	if (!m0 || !watcher)
		rt_throw("proc: out of memory for an M");
	rt_newproc(main0, NULL, StackMain, &site, false);
	rt_lock(&sched.lock);
	m0->nextp = rt_pidleget_locked();
	rt_unlock(&sched.lock);
}

// The last thing on the host's thread: from here on a program may die at any moment, with a lock
// held that the host's thread would wait for in vain.
void
rt_schedstart(void)
{
	sched.mainstarted = true;
	// The last one last: from then on main may do to malloc what it likes.
	if (!os_newthread(watcher) || !os_newthread(m0))
		rt_throw("proc: no worker can be started: out of memory");
}
