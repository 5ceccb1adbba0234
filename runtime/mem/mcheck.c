#include <string.h>

#include "../base/gmp.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "msweep.h"
#include "mstats.h"

// The heap checker. It checks each record of the allocator against another one.

static NORETURN void
broken(const char *what, const Span *s)
{
	rt_printf("heap: %s: span %p: base %p, %u pages, kind %u, class %u, %u blocks, %u free\n",
	          what, (void *)s, s ? (void *)s->base : NULL, s ? s->npages : 0, s ? s->kind : 0,
	          s ? s->class : 0, s ? s->nelems : 0, s ? s->nfree : 0);
	rt_throw("mem: the heap is broken");
}

static void
check_states(const Span *s)
{
	for (uint32_t i = 0; i < s->nelems; i++) {
		uint8_t v = s->state[i];

		if (v & ObjPad || (v && !(v & ObjAlloc)) || (v & ObjMark && s->kind == SpanMalloc))
			broken("a block in a strange state", s);
	}
	if (s->nelems * s->size < (size_t)s->npages << PageShift && s->state[s->nelems] != ObjPad)
		broken("no end", s);
}

static void
check_list(const Span *s)
{
	uintptr_t end = s->base + s->nelems * s->size;
	uint32_t n = 0;

	for (void *p = s->list; p; p = *(void **)p) {
		if (rt_spanof((uintptr_t)p) != s)
			broken("a free block of another span", s);
		if (s->state[rt_blockof(s, (uintptr_t)p)] != 0)
			broken("a block both free and allocated", s);
		if (++n > s->nelems)
			broken("free blocks in a circle", s);
	}
	if (s->class && s->fresh < end)
		n += (uint32_t)((end - s->fresh) / s->size);
	if (s->class && n != s->nfree)
		broken("wrong number of free blocks", s);
}

static void
check_used(Span *s, uintptr_t page)
{
	for (uint32_t i = 0; i < s->npages; i++)
		if (rt_spans[page + i] != s)
			broken("a page that the table does not know", s);
	check_states(s);
	if (s->kind == SpanMalloc)
		check_list(s);
}

static void
check_free(Span *s, uintptr_t page, const Span *before)
{
	if (rt_spans[page + s->npages - 1] != s)
		broken("a free run without an end", s);
	for (uint32_t i = 1; i + 1 < s->npages; i++)
		if (rt_spans[page + i])
			broken("something inside a free run", s);
	if (before && before->kind == SpanFree)
		broken("two free runs side by side", s);
}

static void
check_spans(void)
{
	size_t idle = 0, used = 0;
	Span *before = NULL;

	for (uintptr_t page = rt_mheap.lo; page < rt_mheap.hi;) {
		Span *s = rt_spans[page];

		if (!s) {
			before = NULL;
			page++;
			continue;
		}
		if (rt_spaceof(s->base) != page || !s->npages)
			broken("an entry of the table that is wrong", s);
		if (s->kind == SpanFree) {
			check_free(s, page, before);
			idle += s->npages;
		} else {
			check_used(s, page);
			used += s->npages;
		}
		before = s;
		page += s->npages;
	}
	if (idle != rt_mheap.idle || idle + used != rt_mheap.sys)
		broken("wrong number of pages", NULL);
}

static void
check_bin(const Bin *b, uint32_t class)
{
	uint32_t n = 0;

	for (void *p = b->list; p; p = *(void **)p) {
		Span *s = rt_spanof((uintptr_t)p);

		if (!s || s->kind != SpanMalloc || s->class != class)
			broken("a free block of another class", s);
		if (s->state[rt_blockof(s, (uintptr_t)p)] != 0)
			broken("a block both in a cache and allocated", s);
		if (++n > b->n)
			broken("a cache has more blocks than it knows", s);
	}
	if (n != b->n)
		broken("a cache has fewer blocks than it knows", NULL);
}

static void
check_cache(const MCache *c)
{
	for (uint32_t i = 1; i < NClasses; i++) {
		check_bin(&c->bins[i], i);
		for (int noscan = 0; noscan < 2; noscan++) {
			const Run *r = &c->runs[i][noscan];

			if (r->span && (!r->span->incache || r->span->class != i ||
			                r->span->noscan != noscan || !rt_swept(r->span)))
				broken("a cache allocates from the wrong span", r->span);
		}
	}
}

static void
check_central(const SpanList *l, uint32_t class, bool collected)
{
	const Span *before = NULL;

	for (const Span *s = l->first; s; before = s, s = s->next)
		if (s->prev != before || s->class != class || s->incache ||
		    s->kind != (collected ? SpanCollected : SpanMalloc))
			broken("a list of a central is broken", s);
	if (l->last != before)
		broken("a list of a central has another end", before);
}

void
rt_mem_check(void)
{
	if (!rt_spans)
		return;
	check_spans();
	check_cache(rt_mem_shared());
	for (int32_t i = 0; i < MaxProcs && allp[i]; i++)
		check_cache(allp[i]->mcache);
	for (uint32_t i = 1; i < NClasses; i++) {
		check_central(&rt_mallocs[i].partial, i, false);
		for (int noscan = 0; noscan < 2; noscan++) {
			check_central(&rt_collected[i][noscan].partial, i, true);
			check_central(&rt_collected[i][noscan].full, i, true);
		}
	}
}
