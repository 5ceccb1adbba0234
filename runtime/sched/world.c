#include "world.h"

#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "sema.h"
#include "../trace/trace.h"
#include "preempt.h"
#include "idle.h"
#include "m.h"
#include "procs.h"
#include "spinning.h"

// Stopping and starting the world.

uint32_t rt_worldsema = 1;

static int64_t stopped_at; // belongs to whoever stopped the world
NOROOT(stopped_at)

// How long a dying program waits for running goroutines. A goroutine with polls stops within
// milliseconds if its thread gets processor time.
enum { FreezeNs = 1000000000, FreezeLookNs = 100000 };

static void
preemptall(void)
{
	M *self = rt_m();

	for (int32_t i = 0; i < gomaxprocs; i++)
		if (allp[i] && allp[i]->m != self)
			rt_preempt(allp[i], PreemptStop);
}

// Stops this M's P and the idle ones. Returns how many Ps must still stop.
static int32_t
stop_idle_locked(M *mp)
{
	P *pp;

	sched.stopwait = gomaxprocs;
	store_rel(&mp->p->status, Pgcstop);
	sched.stopwait--;
	while ((pp = rt_pidleget_locked()) != NULL) {
		store_rel(&pp->status, Pgcstop);
		sched.stopwait--;
	}
	return sched.stopwait;
}

void
rt_stoptheworld(void)
{
	M *mp = rt_m();
	int32_t wait;

	if (mp->locks > 0)
		rt_throw("world: stop holding locks");
	rt_trace_now(TraceWorldStop, 0, 0);
	rt_lock(&sched.lock);
	rt_noteclear(&sched.stopnote);
	store_seq(&sched.gcwaiting, 1);
	preemptall();
	wait = stop_idle_locked(mp);
	rt_unlock(&sched.lock);
	// Asks again and again: an M may have been between two goroutines.
	while (wait > 0 && !rt_notetsleep(&sched.stopnote, 100000))
		preemptall();
	while (load_seq(&sched.ticking))
		os_pause(100);
	if (sched.stopwait != 0)
		rt_throw("world: not stopped");
	for (int32_t i = 0; i < gomaxprocs; i++)
		if (load_acq(&allp[i]->status) != Pgcstop)
			rt_throw("world: a P is not stopped");
	add64_seq(&sched.nstw, 1);
	stopped_at = os_nanotime();
	rt_trace_now(TraceWorldStopped, 0, 0);
}

bool
rt_stopp_locked(P *pp)
{
	if (!load_seq(&sched.gcwaiting))
		return false;
	store_rel(&pp->status, Pgcstop);
	if (--sched.stopwait == 0)
		rt_notewakeup(&sched.stopnote);
	return true;
}

void
rt_gcstopm(M *mp)
{
	bool again;
	P *pp;

	rt_spinning_end(mp);
	pp = rt_releasep(mp);
	rt_lock(&sched.lock);
	again = !rt_stopp_locked(pp);
	if (again) // the world has started again
		rt_pidleput_locked(pp);
	rt_unlock(&sched.lock);
	if (again)
		rt_wakep();
	rt_stopm(mp);
}

// Gives each P in the list to an M.
static void
startms(P *list)
{
	while (list) {
		P *pp = list;
		M *mp;

		list = pp->link;
		pp->link = NULL;
		if (!pp->stopped) {
			rt_startm(pp, false);
			continue;
		}
		mp = pp->stopped->inplace;
		pp->stopped = NULL;
		mp->nextp = pp;
		rt_notewakeup(&mp->park);
	}
}

int64_t
rt_starttheworld(void)
{
	int64_t ns = os_nanotime() - stopped_at;
	P *list;

	rt_trace_now(TraceWorldStart, 0, 0);
	rt_lock(&sched.lock);
	list = rt_procresize(sched.newprocs ? sched.newprocs : gomaxprocs);
	sched.newprocs = 0;
	store_seq(&sched.gcwaiting, 0);
	rt_unlock(&sched.lock);
	startms(list);
	// The list has the Ps with work; more work may be in the global queue.
	if (rt_nobody_looks())
		rt_wakep();
	return ns;
}

void
rt_world_begin(void)
{
	rt_semacquire_at(&rt_worldsema, WaitSemacquire, false);
	rt_m()->gcing = 1;
	rt_stoptheworld();
}

int64_t
rt_world_end(void)
{
	rt_m()->gcing = 0;
	rt_semrelease(&rt_worldsema, true); // handed over, or one that asks often always wins
	return rt_starttheworld();
}

// The page's thread, which is no M, may not sleep.
static void
wait_a_little(void)
{
	static AtomicU32 never;

	if (rt_m())
		os_futexsleep(&never, 0, FreezeLookNs);
	else
		os_pause(1000);
}

void
rt_freezetheworld(void)
{
	int64_t until = os_nanotime() + FreezeNs;

	// No lock may be taken: the dying M may hold it. Best effort.
	store_seq(&sched.gcwaiting, 1);
	if (os_alone())
		return;
	for (;;) {
		int32_t running = 0;

		preemptall();
		for (int32_t i = 0; i < gomaxprocs; i++) {
			P *pp = allp[i];
			M *mp = pp ? pp->m : NULL;

			if (mp && mp != rt_m() && mp->curg)
				running++;
		}
		if (!running || os_nanotime() > until)
			return;
		wait_a_little();
	}
}
