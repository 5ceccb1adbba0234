#include "gc.h"

#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/throw.h"
#include "../sched/sched.h"

// The whole marking. Some Ms share the parts of the roots, and mark what these lead to, until no M
// has work left.

enum { MaxHelpers = 3 };

static struct {
	Lock lock;
	AtomicU32 nextpart, nparts;
	AtomicU32 working; // Ms that may have work
	uint64_t bytes, blocks;
} all = {.lock = LOCK_INIT(RankMark)};
NOROOT(all)

static bool
root_part(Worker *w)
{
	uint32_t part = add_seq(&all.nextpart, 1) - 1;

	if (part >= load_relaxed(&all.nparts))
		return false;
	rt_roots_scan(part, w);
	return true;
}

// An M without work waits here until the list has a buffer again: true. Only a working M can put
// one there, so false when no M works any more.
static bool
wait_for_work(void)
{
	bool more = false;

	add_seq(&rt_mark_nidle, 1);
	add_seq(&all.working, (uint32_t)-1);
	while (load_seq(&all.working) > 0) {
		if (load_seq(&rt_mark_nfull) > 0) {
			add_seq(&all.working, 1);
			more = true;
			break;
		}
		os_pause(100);
	}
	add_seq(&rt_mark_nidle, (uint32_t)-1);
	return more;
}

static void
work(void)
{
	Worker w = {0};

	do {
		while (root_part(&w))
			rt_mark_drain(&w);
		rt_mark_drain(&w);
	} while (wait_for_work());
	rt_lock(&all.lock);
	all.bytes += w.bytes;
	all.blocks += w.blocks;
	rt_unlock(&all.lock);
}

void
rt_mark_help(M *mp)
{
	(void)mp;
	work();
}

M *
rt_mark_helpers(void)
{
	int32_t n = gomaxprocs < os_ncpu() ? gomaxprocs : os_ncpu();

	return rt_helpgc_take((n > MaxHelpers ? MaxHelpers + 1 : n) - 1);
}

Marked
rt_mark(M *helpers)
{
	uint32_t handoffs = rt_mark_nhandoff;

	all.bytes = all.blocks = 0;
	store_seq(&all.nparts, rt_roots_parts());
	store_seq(&all.nextpart, 0);
	store_seq(&all.working, 1);
	rt_helpgc_wake(helpers, &all.working);
	work();
	rt_helpgc_wait();
	if (load_seq(&rt_mark_nfull) > 0)
		rt_throw("gc: work is left after marking");
	return (Marked){all.bytes, all.blocks, rt_mark_nhandoff - handoffs};
}
