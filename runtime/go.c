#include "worldsema.h"

#include <stdlib.h>

#include "base/debug.h"
#include "base/hooks.h"
#include "boot.h"
#include "prof/dump.h"
#include "prof/goprof.h"
#include "sched/proc.h"
#include "sync/panic.h"
#include "sync/sema.h"
#include "sync/timer.h"

// Boot order, and the thin skin of the public calls that have no room of their own.

int
rt_boot(void)
{
	const char *procs = getenv("GOMAXPROCS");
	int n = procs ? atoi(procs) : 0;

	rt_parsedebug(getenv("GODEBUG"), getenv("GOTRACEBACK"));
	rt_hooks.on_throw = rt_dump_dying;
	rt_hooks.on_syscall = rt_keepframes;
	rt_hooks.on_newm = rt_keepcreator;
	rt_semainit();
	rt_timerinit();
	rt_panicinit();
	if (n < 1)
		n = os_ncpu();
	rt_schedinit(n > MaxProcs ? MaxProcs : n);
	return 0;
}

void
rt_start(void)
{
	rt_schedstart();
}

void
go_gosched(void)
{
	rt_gosched();
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
