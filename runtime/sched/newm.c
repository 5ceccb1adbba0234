#include "newm.h"

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../base/pushlist.h"
#include "../trace/trace.h"
#include "alone.h"
#include "idle.h"
#include "procs.h"

// New Ms: their records, their threads, and Ms whose thread could not be started.

enum { RetryNs = 100000000 }; // time until the next try to start a worker

M *
rt_allocm(void (*fn)(M *))
{
	M *mp = os_alloc(sizeof *mp + sizeof(G));

	if (!mp)
		return NULL;
	mp->g0 = (G *)(mp + 1);
	mp->g0->m = mp;
	mp->rand = (uint32_t)os_random() | 1;
	mp->startfn = fn;
	rt_trace_initring(&mp->trace, rt_debug.flightrec);
	rt_lock(&sched.lock);
	mp->id = sched.mids++;
	rt_unlock(&sched.lock);
	rt_push(&sched.allm, mp, offsetof(M, alllink));
	return mp;
}

// n Ms get no thread. The limit falls to the number of Ms there are. Work that waits in the queues
// of idle Ps goes to the global queue, where every M finds it.
static void
not_started_locked(int32_t n)
{
	sched.mcount -= n;
	sched.nstarting -= n;
	if (sched.maxmcount > sched.mcount)
		sched.maxmcount = sched.mcount;
	sched.retry = os_nanotime() + RetryNs;
	for (P *pp = sched.pidle; pp; pp = pp->link)
		rt_drain_locked(pp);
	rt_checkdead_locked();
}

// Not inlined: wasm/nosuspend.txt names it.
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
	else if (os_alone())
		rt_newlevel(mp);
}

void
rt_mfailed(M *mp)
{
	rt_push(&sched.mfailed, mp, offsetof(M, schedlink));
	rt_sysmon_wake();
}

void
rt_take_failed(void)
{
	M *list = rt_take(&sched.mfailed), *mp;
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
