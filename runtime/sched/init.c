#include "sched.h"

#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "../worldsema.h"
#include "idle.h"
#include "procs.h"
#include "stack.h"

// The start of everything: the Ps, the first M, sysmon's, and the goroutine that runs main.

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
