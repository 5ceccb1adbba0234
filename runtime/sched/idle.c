#include "idle.h"

#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/print.h"
#include "../base/throw.h"

// Ps and Ms that have nothing to do. When all of them are idle: can there ever be work again?

P *
rt_pidleget_locked(void)
{
	P *pp = sched.pidle;

	if (!pp)
		return NULL;
	sched.pidle = pp->link;
	pp->link = NULL;
	// The first P that leaves idleness wakes sysmon, which sleeps long while nothing runs.
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

M *
rt_mget_locked(void)
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
	mp = rt_mget_locked();
	rt_unlock(&sched.lock);
	return mp;
}

// When an M first saw that work is queued and no worker can be started. This may pass: a goroutine
// that waits in place may be about to get a P, and sysmon tries to start a worker again.
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

static AtomicU32 strangers;

void
rt_strangers(int32_t n)
{
	if (add_seq(&strangers, (uint32_t)n) == 0)
		rt_sysmon_wake(); // it looks for a deadlock
}

// Called by an M that just became idle, or by sysmon, with sched.lock held. If no M runs and
// nothing can ever make a goroutine runnable, the program dies.
void
rt_checkdead_locked(void)
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
	if (load_seq(&sched.hostpending) > 0 || load_seq(&strangers) > 0 ||
	    (rt_hooks.on_idle && rt_hooks.on_idle()) ||
	    (rt_hooks.on_hostwait && rt_hooks.on_hostwait()))
		return;
	// A timer that just fired queued its goroutine before it stopped counting as pending, so
	// the goroutine is seen here. Whoever queued it is about to wake an M. A P that nobody
	// holds may have work, too: an M that was woken from outside still counts as idle, and
	// sysmon looks (rt_unstall).
	if (rt_work_queued()) {
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
	if (sched.nputoff > 0)
		rt_fatal(FatalDeadlock,
		         "all goroutines wait for one that waits in place, below another: with one "
		         "worker the other has to end first - deadlock!");
	if (rt_gcount() == 0)
		rt_fatal(FatalDeadlock, "no goroutines (main called go_exit) - deadlock!");
	rt_fatal(FatalDeadlock, "all goroutines are asleep - deadlock!");
}

void
rt_checkdead(void)
{
	rt_lock(&sched.lock);
	rt_checkdead_locked();
	rt_unlock(&sched.lock);
}

void
rt_mput_locked(M *mp)
{
	if (!casp_acqrel(&sched.pollm, 0, (uintptr_t)mp)) {
		mp->schedlink = sched.midle;
		sched.midle = mp;
	}
	sched.nmidle++;
	rt_checkdead_locked();
}
