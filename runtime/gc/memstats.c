#include <string.h>

#include "../base/debug.h"
#include "../base/os.h"
#include "../mem/mstats.h"
#include "../sched/stack.h"
#include "../sched/world.h"
#include "../worldsema.h"
#include "../sync/panic.h"
#include "gc.h"

// The figures of MemStats as the seed has them. As there, the world is stopped.

static_assert(NClasses <= 61, "more size classes than by_size has room for");
static_assert(NCycles == nelem(((GoMemStats *)0)->pause_ns), "a pause of each cycle that is kept");

static void
fill_heap(GoMemStats *s, const MemTotals *t)
{
	s->heap_alloc = s->alloc = t->bytes[0] + t->bytes[1];
	s->total_alloc = t->totalbytes[0] + t->totalbytes[1];
	s->mallocs = t->nmalloc[0] + t->nmalloc[1];
	s->frees = t->nfree[0] + t->nfree[1];
	s->heap_objects = s->mallocs - s->frees;
	s->heap_sys = t->sys;
	s->heap_idle = t->idle;
	s->heap_inuse = t->sys - t->idle;
	s->malloc_bytes = t->bytes[0];
	s->malloc_blocks = t->nmalloc[0] - t->nfree[0];
	s->collected_bytes = t->bytes[1];
	s->collected_blocks = t->nmalloc[1] - t->nfree[1];
	for (uint32_t i = 1; i < NClasses; i++) {
		s->by_size[i - 1].size = rt_classes[i].size;
		s->by_size[i - 1].mallocs = t->bynmalloc[0][i] + t->bynmalloc[1][i];
		s->by_size[i - 1].frees = t->bynfree[0][i] + t->bynfree[1][i];
	}
}

static void
fill_gc(GoMemStats *s)
{
	s->next_gc = rt_gcstats.next;
	s->num_gc = load_relaxed(&rt_gcstats.ngc);
	s->last_gc = rt_gcstats.cycles[(s->num_gc + NCycles - 1) % NCycles].end_ns;
	s->pause_total_ns = rt_gcstats.pause_ns;
	for (uint32_t i = 0; i < NCycles; i++)
		s->pause_ns[i] = rt_gcstats.cycles[i].pause_ns;
	s->enable_gc = rt_gcenabled();
	s->debug_gc = rt_debug.gctrace > 0;
}

static uint64_t
suspended(void)
{
	uint32_t n = load_acq(&allglen);
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t status = load_acq(&allg_at(i)->status);

		if (status != Gidle && status != Gdead)
			bytes += allg_at(i)->nsaved;
	}
	return bytes;
}

void
go_read_mem_stats(GoMemStats *s)
{
	MemTotals t;

	rt_nonil(s);
	memset(s, 0, sizeof *s);
	rt_world_begin();
	rt_mem_lock();
	rt_mem_totals(&t);
	fill_heap(s, &t);
	fill_gc(s);
	s->stack_inuse = rt_stackinuse();
	s->stack_sys = rt_stacksys();
	s->frames = suspended();
	s->buck_hash_sys = loadp_acq(&rt_profsys);
	s->mspan_inuse = t.spaninuse;
	s->mspan_sys = t.spansys;
	s->mcache_inuse = t.cacheinuse;
	s->mcache_sys = t.cachesys;
	s->gc_sys = t.meta;
	s->sys = os_memory();
	s->other_sys = s->sys - s->heap_sys - s->stack_sys - s->mspan_sys - s->mcache_sys -
	               s->buck_hash_sys - s->gc_sys;
	rt_mem_unlock();
	rt_world_end();
}
