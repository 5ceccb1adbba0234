#include "base/base.h"
#include "worldsema.h"

#include <stdlib.h>

#include "base/debug.h"
#include "base/env.h"
#include "base/hooks.h"
#include "base/os.h"
#include "base/print.h"
#include "gc/gc.h"
#include "host/export.h"
#include "mem/malloc.h"
#include "mem/misuse.h"
#include "prof/blockprof.h"
#include "prof/cpuprof.h"
#include "prof/dump.h"
#include "prof/goprof.h"
#include "prof/memprof.h"
#include "sched/sched.h"
#include "sync/panic.h"
#include "sched/sema.h"
#include "sync/timer.h"

// Boot order, and the thin skin of the public calls that have no room of their own.

static void
tell_deadlock(void)
{
	rt_dump_deadlock();
	if (rt_exports_any() && rt_gotraceback(NULL) > 0)
		rt_prints(
			"\nruntime: JavaScript may call this program (GO_EXPORT), but no goroutine waits for "
			"that: let main call go_host_serve\n");
}

void
rt_boot(void)
{
	int32_t n = os_ncpu();

	rt_env_int32("GOMAXPROCS", getenv("GOMAXPROCS"), 1, &n);
	rt_parsedebug(getenv("GODEBUG"), getenv("GOTRACEBACK"));
	rt_hooks.on_throw = rt_dump_dying;
	rt_hooks.on_deadlock = tell_deadlock;
	rt_hooks.on_syscall = rt_keepframes;
	rt_hooks.on_newm = rt_keepcreator;
	rt_hooks.on_inplace = rt_keepinplace;
	rt_hooks.on_collected = rt_memprof_gc;
	rt_semainit();
	rt_timerinit();
	rt_panicinit();
	rt_gcinit(getenv("GOGC"), getenv("GOMEMLIMIT"));
	rt_cpuprof_init();
	rt_blockprof_init();
	rt_memprof_init(rt_debug.memprofilerate);
	rt_schedinit(n > MaxProcs ? MaxProcs : n);
	rt_gcstart();
	rt_hostinit();
}

void
rt_start(void)
{
	rt_schedstart();
}

uint64_t
go_blocked_callbacks(void)
{
	return load64_acq(&sched.nblockedinplace);
}

uint64_t
go_id(void)
{
	return rt_g()->id;
}

int
go_num_cpu(void)
{
	return os_ncpu();
}

void
go_set_label(const char *text)
{
	rt_g()->label = text;
}

// Code that allocates is thereby code that can be unwound, whose locals the collector sees. And
// when a collection is due it begins here.
ALWAYS_INLINE MAYSWITCH void
poll(void)
{
	M *mp = rt_m();

	if (mp && unlikely(load_relaxed(&mp->preempt)))
		rt_safepoint();
}

MAYSWITCH static NOINLINE void *
alloc_slow(void *p, size_t n, bool noscan)
{
	if (p) {
		rt_gc_poll();
		return p;
	}
	rt_gc_for_memory();
	p = rt_new_again(n, noscan);
	if (!p)
		rt_nomemory(n);
	return p;
}

ALWAYS_INLINE MAYSWITCH void *
alloc(size_t n, bool noscan)
{
	void *p = noscan ? rt_new_noscan(n) : rt_new(n);
	M *mp = rt_m();

	return unlikely(!p || (mp && load_relaxed(&mp->preempt))) ? alloc_slow(p, n, noscan) : p;
}

MAYSWITCH void *
go_alloc(size_t n)
{
	return alloc(n, false);
}

MAYSWITCH void *
go_alloc_noscan(size_t n)
{
	return alloc(n, true);
}

MAYSWITCH GoWeak *
go_weak_make(void *p)
{
	GoWeak *weak = rt_weak_make(p);

	poll();
	return weak;
}
