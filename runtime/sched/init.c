#include "sched.h"

#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "../worldsema.h"
#include "alone.h"
#include "idle.h"
#include "procs.h"
#include "stack.h"

// The start of everything: the Ps, the first M, the M of sysmon, and the goroutine that runs main.

AtomicU64 rt_coarsetime;
NOROOT(rt_coarsetime)
Hooks rt_hooks;

MAYSWITCH static void
main0(void *arg)
{
	int code = os_main();

	(void)arg;
	if (rt_g()->defers)
		rt_hooks.on_goexit(rt_g());
	rt_exit(code);
}

static M *m0;

// Makes all that must exist before the first M runs. On the host's thread.
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
	// Both are counted before either runs, because the deadlock check compares the counts.
	sched.watcher = rt_allocm(rt_sysmon);
	sched.mcount = 2;
	sched.nmsys = 1;
	if (!m0 || !sched.watcher)
		rt_throw("proc: out of memory for an M");
	rt_newproc(main0, NULL, StackMain, &site, false);
	rt_lock(&sched.lock);
	m0->nextp = rt_pidleget_locked();
	rt_unlock(&sched.lock);
}

// The last step on the host's thread. From here on the program may die at any moment and leave a
// lock held, for which the host's thread would wait in vain.
void
rt_schedstart(void)
{
	sched.mainstarted = true;
	// m0 last: from then on main runs, and may do anything to malloc.
	if ((!os_alone() && !os_newthread(sched.watcher)) || !os_newthread(m0))
		rt_throw("proc: no worker can be started: out of memory");
	if (os_alone())
		rt_newlevel(m0);
}
