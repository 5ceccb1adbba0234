#include "mstats.h"

#include <string.h>

#include "../base/gmp.h"

// Blocks that came from the central and are no longer in the bin, so they are in use. Negative if
// this cache's P frees blocks that others allocated.
NO_SANITIZE static int64_t
gone(const Bin *b, uint32_t class)
{
	uintptr_t fresh = b->freshend - b->fresh;

	if (fresh > (uintptr_t)rt_classes[class].npages << PageShift)
		fresh = 0; // a glance at a moment when the bin changes to another span
	return b->ntaken - b->n - (int64_t)(fresh / rt_classes[class].size);
}

NO_SANITIZE uint64_t
rt_mem_uncollected(void)
{
	int64_t bytes = (int64_t)(rt_mheap.largebytes[0] - rt_mheap.largefreebytes[0]);

	for (uint32_t i = 1; i < NClasses; i++) {
		int64_t n = gone(&rt_mem_shared()->bins[i], i);

		for (int32_t p = 0; p < MaxProcs && allp[p]; p++)
			n += gone(&allp[p]->mcache->bins[i], i);
		bytes += n * rt_classes[i].size;
	}
	return bytes > 0 ? (uint64_t)bytes : 0;
}

static void
add_cache(MemTotals *t, const MCache *c)
{
	for (uint32_t i = 1; i < NClasses; i++) {
		const Bin *b = &c->bins[i];
		uint64_t nmalloc = b->nmalloc + b->budget - b->left;

		t->bynmalloc[0][i] += nmalloc;
		t->bynfree[0][i] += nmalloc - (uint64_t)gone(b, i);
		for (int noscan = 0; noscan < 2; noscan++) {
			const Run *r = &c->runs[i][noscan];

			t->bynmalloc[1][i] += r->taken;
			t->bynmalloc[1][i] -= (uint32_t)__builtin_popcountll(r->mask);
		}
	}
}

static void
add_caches(MemTotals *t)
{
	add_cache(t, rt_mem_shared());
	for (int32_t i = 0; i < MaxProcs && allp[i]; i++)
		add_cache(t, allp[i]->mcache);
	for (uint32_t i = 1; i < NClasses; i++)
		t->bynfree[1][i] = rt_collected[i][0].nswept + rt_collected[i][1].nswept;
}

static uint64_t
longest_run(void)
{
	uint64_t most = 0;

	for (uintptr_t page = rt_mheap.lo; page < rt_mheap.hi;) {
		Span *s = rt_spans[page];

		if (s && s->kind == SpanFree && s->npages > most)
			most = s->npages;
		page += s && s->npages ? s->npages : 1;
	}
	return most << PageShift;
}

void
rt_mem_totals(MemTotals *t)
{
	memset(t, 0, sizeof *t);
	add_caches(t);
	for (int k = 0; k < 2; k++) {
		t->nmalloc[k] = rt_mheap.nlarge[k];
		t->nfree[k] = rt_mheap.nlargefree[k];
		t->totalbytes[k] = rt_mheap.largebytes[k];
		t->bytes[k] = rt_mheap.largebytes[k] - rt_mheap.largefreebytes[k];
		for (uint32_t i = 1; i < NClasses; i++) {
			uint64_t n = t->bynmalloc[k][i], f = t->bynfree[k][i];

			t->nmalloc[k] += n;
			t->nfree[k] += f;
			t->totalbytes[k] += n * rt_classes[i].size;
			t->bytes[k] += (n - f) * rt_classes[i].size;
		}
	}
	t->sys = (uint64_t)rt_mheap.sys << PageShift;
	t->idle = (uint64_t)rt_mheap.idle << PageShift;
	rt_spancells(&t->spaninuse, &t->spansys);
	t->meta = rt_mheap.metabytes - t->spansys;
	for (int32_t i = 0; i < MaxProcs && allp[i]; i++)
		t->cachesys += sizeof *allp[i]->mcache;
	t->cacheinuse = (uint64_t)gomaxprocs * sizeof(MCache);
	t->longest = longest_run();
}
