#include "gc.h"

#include "../base/debug.h"
#include "../base/os.h"
#include "../mem/clobber.h"
#include "../mem/msweep.h"

// Sweeping in the background, in the order of the pages. Spans are claimed under the heap's lock:
// no span is made or freed meanwhile. Only the claimer of a span may free it.

enum { PagesAtOnce = 64 };

static uintptr_t next; // first page not yet looked at; the heap's lock

void
rt_sweep_restart(void)
{
	rt_lock(&rt_mheap.lock);
	next = rt_mheap.lo;
	rt_unlock(&rt_mheap.lock);
}

// Claims the unswept spans that begin in the next pages; false: there are no more pages.
static bool
claim(Span **out, uint32_t *n)
{
	uintptr_t end;

	*n = 0;
	rt_lock(&rt_mheap.lock);
	if (next >= rt_mheap.hi) {
		rt_unlock(&rt_mheap.lock);
		return false;
	}
	end = rt_mheap.hi - next < PagesAtOnce ? rt_mheap.hi : next + PagesAtOnce;
	for (uintptr_t page = next; page < end;) {
		Span *s = rt_spans[page];

		if (!s) {
			page++;
			continue;
		}
		if (s->kind == SpanCollected && rt_spaceof(s->base) == page && rt_sweep_claim(s))
			out[(*n)++] = s;
		page = rt_spaceof(s->base) + s->npages;
	}
	next = end;
	rt_unlock(&rt_mheap.lock);
	return true;
}

static void
sweep_large(Span *s)
{
	uint8_t state = s->state[0];

	if (state & ObjMark) {
		s->state[0] = state & (uint8_t)~ObjMark;
		rt_sweep_new(s);
		return;
	}
	if (state & ObjSpecial)
		rt_mem_special(s, (void *)s->base);
	if (rt_debug.clobberfree)
		rt_clobber(s->base, s->size);
	rt_mheap_free(s);
}

bool
rt_sweep_one(void)
{
	Span *claimed[PagesAtOnce];
	uint32_t n;

	if (!claim(claimed, &n))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (claimed[i]->class)
			rt_central_sweep(claimed[i]);
		else
			sweep_large(claimed[i]);
	return true;
}

void
rt_sweep_all(void)
{
	while (rt_sweep_one())
		;
}
