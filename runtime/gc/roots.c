#include "gc.h"

#include "../base/gmp.h"
#include "../base/noroot.h"

// The roots are divided into parts. Part 0 is the program's variables, part 1 the blocks with
// finalizers. Then come the goroutines, GsPerPart to a part, and the pages of the heap, which hold
// the blocks of malloc, PagesPerPart to a part.

enum { GsPerPart = 64, PagesPerPart = 1024, MaxRanges = 16 };

static uint32_t
parts_of_gs(void)
{
	return (load_acq(&allglen) + GsPerPart - 1) / GsPerPart;
}

static uint32_t
parts_of_pages(void)
{
	return (uint32_t)((rt_mheap.hi - rt_mheap.lo + PagesPerPart - 1) / PagesPerPart);
}

uint32_t
rt_roots_parts(void)
{
	return 2 + parts_of_gs() + parts_of_pages();
}

static void
mark_data(void *w, OsRange r)
{
	rt_mark_range(w, r.lo, r.hi);
}

void
rt_roots_data(Worker *w)
{
	OsRange r[MaxRanges], kept;
	size_t n = os_roots(r, MaxRanges);

	for (size_t i = 0; i < n; i++)
		rt_noroot_without(r[i], mark_data, w);
	for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink) {
		kept = os_roots_m(mp);
		rt_mark_range(w, kept.lo, kept.hi);
	}
}

bool
rt_roots_hidden_g(const G *gp)
{
	bool call = load_acq(&gp->status) == Gsyscall && !gp->inplace;
	const M *mp = call ? gp->m : gp->inplace;

	return mp && os_hidden(mp, call);
}

// A goroutine that waits in place or is in a host call has frames on its thread, where nobody can
// read them. They are hidden unless they were kept, or the topmost ones saved. A program without
// collected memory keeps no frames, and nothing is hidden from its collector.
bool
rt_roots_hidden(void)
{
	uint32_t n = loadp_acq(&rt_heaplive) > 0 ? load_acq(&allglen) : 0;

	for (uint32_t i = 0; i < n; i++)
		if (rt_roots_hidden_g(allg_at(i)))
			return true;
	return false;
}

// A goroutine in a host call or in place may have run since its frames were saved. They show its
// locals at entry; what it got later must be reachable elsewhere.
size_t
rt_roots_of(const G *gp, OsRange r[RootsOfG])
{
	uint32_t status = load_acq(&gp->status);
	size_t n = 0;

	if (status == Gidle || status == Gdead)
		return 0;
	if (gp->nsaved == 0)
		r[n++] = (OsRange){(uintptr_t)&gp->arg, (uintptr_t)(&gp->arg + 1)};
	r[n++] = (OsRange){(uintptr_t)&gp->param, (uintptr_t)&gp->writer};
	r[n++] = (OsRange){(uintptr_t)&gp->label, (uintptr_t)(&gp->label + 1)};
	return n + os_roots_g(gp, r + n, RootsOfG - n);
}

void
rt_roots_scan_g(Worker *w, const G *gp)
{
	OsRange r[RootsOfG];
	size_t n = rt_roots_of(gp, r);

	for (size_t i = 0; i < n; i++)
		rt_mark_range(w, r[i].lo, r[i].hi);
}

static void
scan_gs(Worker *w, uint32_t from)
{
	uint32_t end = from + GsPerPart, n = load_acq(&allglen);

	for (uint32_t i = from; i < end && i < n; i++)
		rt_roots_scan_g(w, allg_at(i));
}

static void
scan_span(Worker *w, Span *s)
{
	if (s->class == 0) {
		if (s->state[0] & ObjAlloc)
			rt_mark_large(w, s);
		return;
	}
	for (uint32_t i = 0; i < s->nelems; i++)
		if (s->state[i] & ObjAlloc) {
			uintptr_t p = s->base + i * s->size;

			rt_mark_range(w, p, p + s->size);
		}
}

// Blocks of malloc in spans that begin in these pages.
static void
scan_pages(Worker *w, uintptr_t from)
{
	uintptr_t end = from + PagesPerPart < rt_mheap.hi ? from + PagesPerPart : rt_mheap.hi;

	for (uintptr_t page = from; page < end;) {
		Span *s = rt_spans[page];

		if (!s) {
			page++;
			continue;
		}
		if (s->kind == SpanMalloc && !s->noscan && rt_spaceof(s->base) == page)
			scan_span(w, s);
		page = rt_spaceof(s->base) + s->npages;
	}
}

void
rt_roots_scan(uint32_t part, Worker *w)
{
	uint32_t gs = parts_of_gs();

	if (part == 0)
		rt_roots_data(w);
	else if (part == 1)
		rt_final_scan(w);
	else if (part - 2 < gs)
		scan_gs(w, (part - 2) * GsPerPart);
	else
		scan_pages(w, rt_mheap.lo + (uintptr_t)(part - 2 - gs) * PagesPerPart);
}
