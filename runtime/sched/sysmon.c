#include "sched.h"

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../trace/trace.h"
#include "alone.h"
#include "idle.h"
#include "m.h"
#include "newm.h"
#include "preempt.h"
#include "schedtrace.h"

// The watcher: a thread without a P. It keeps the coarse clock, runs timers that are due, preempts
// goroutines that have run for 10 ms, asks for samples, and wakes the service goroutine when the
// host wants something. It sleeps until the next of these. When nothing runs it sleeps until a
// timer is due.

enum { TickNs = 5000000, SliceNs = 10000000, UrgentNs = 500000 };

void
rt_sysmon_wake(void)
{
	add_seq(&sched.sysmonkey, 1);
	if (os_alone())
		rt_look_soon();
	if (load_seq(&sched.sysmonwait))
		os_futexwakeup(&sched.sysmonkey, 1);
}

// Is any goroutine queued, on any P? If not, raised flags would only make all polls slow.
static bool
somebody_waits(void)
{
	if (load_relaxed(&sched.runqsize) > 0)
		return true;
	for (int32_t i = 0; i < gomaxprocs; i++)
		if (allp[i] && !rt_runqempty(allp[i]))
			return true;
	return false;
}

static void
retake(int64_t now)
{
	bool slices = rt_debug.preempt && (somebody_waits() || load_relaxed(&sched.wanted) > 0);

	for (int32_t i = 0; i < gomaxprocs; i++) {
		P *pp = allp[i];
		uint32_t tick;

		if (!pp || !pp->m) // whoever stopped the world also has a P
			continue;
		tick = load_relaxed(&pp->schedtick);
		if (pp->sysmontick != tick) {
			pp->sysmontick = tick;
			pp->sysmonwhen = now;
		} else if (slices && now - pp->sysmonwhen >= SliceNs) {
			rt_preempt(pp, PreemptStop);
		}
	}
}

// A service goroutine waits to run. If every P is busy, one of them must make room now.
static void
press(void)
{
	if (load_seq(&sched.npidle) > 0) {
		rt_wakep();
		return;
	}
	if (os_alone() && allp[0]->m && !allp[0]->m->curg)
		return; // between two turns: its M looks first
	rt_preempt(allp[rt_fastrand() % (uint32_t)gomaxprocs], PreemptStop);
}

// No timer fires while the world is stopped: a timer readies and makes goroutines, and whoever
// stopped the world counts them. Sysmon raises ticking, then looks at gcwaiting; a stop does the
// reverse. So one of them sees the other.
static int64_t
tick(int64_t now)
{
	int64_t next = now + UrgentNs;

	store_seq(&sched.ticking, 1);
	if (!load_seq(&sched.gcwaiting)) {
		next = rt_hooks.on_tick ? rt_hooks.on_tick(now) : INT64_MAX;
		if (loadp_acq(&sched.outside))
			rt_take_outside();
		if (rt_hooks.on_sysmon)
			rt_hooks.on_sysmon();
		if (rt_hooks.on_watch)
			rt_hooks.on_watch(now);
	}
	store_seq(&sched.ticking, 0);
	return next;
}

// Looks after everything once. Returns when a timer or a sample is due; INT64_MAX: never.
NOINLINE static int64_t
rt_sysmon_look(int64_t now)
{
	int64_t next, sample;

	store64_rel(&rt_coarsetime, (uint64_t)now);
	for (M *other = (M *)loadp_acq(&sched.allm); other; other = other->alllink)
		rt_trace_due(other);
	next = tick(now);
	if (rt_debug.schedstress) // as if the system had taken the processor away
		os_pause(rt_fastrand() % 100000);
	if (load_relaxed(&sched.urgent))
		press();
	retake(now);
	rt_take_failed();
	rt_unstall(now);
	sample = rt_hooks.on_sampletime ? rt_hooks.on_sampletime(now) : INT64_MAX;
	rt_schedtrace_tick(now);
	// The last timer may have woken nobody. Then no M goes idle after it, so sysmon itself
	// checks for a deadlock.
	if (next == INT64_MAX && load_seq(&sched.npidle) == (uint32_t)gomaxprocs)
		rt_checkdead();
	return sample < next ? sample : next;
}

// How long nothing has to be looked after, if next is due next. INT64_MAX: until somebody wakes
// sysmon.
static int64_t
pause_until(int64_t next, int64_t now)
{
	bool idle = load_seq(&sched.npidle) == (uint32_t)gomaxprocs && !rt_work_queued();
	int64_t wait = INT64_MAX;

	if (load_relaxed(&sched.urgent))
		wait = UrgentNs;
	else if (!idle || rt_debug.schedtrace > 0)
		wait = TickNs;
	if (next != INT64_MAX && next - now < wait)
		wait = next - now > 0 ? next - now : 0;
	return wait;
}

void
rt_sysmon(M *mp)
{
	(void)mp;
	for (;;) {
		uint32_t key = load_seq(&sched.sysmonkey);
		int64_t now = os_nanotime(), next = rt_sysmon_look(now), wait;

		store_seq(&sched.sysmonwait, 1);
		wait = pause_until(next, now);
		os_futexsleep(&sched.sysmonkey, key, wait == INT64_MAX ? -1 : wait);
		store_seq(&sched.sysmonwait, 0);
	}
}

int64_t
rt_sysmon_once(void)
{
	M *mp = rt_m();
	G *gp = rt_g();
	int64_t now = os_nanotime(), next;

	rt_set_m(sched.watcher);
	rt_set_g(sched.watcher->g0);
	next = rt_sysmon_look(now);
	rt_set_m(mp);
	rt_set_g(gp);
	return pause_until(next, now);
}
