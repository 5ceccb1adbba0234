#include "malloc.h"

#include <string.h>

#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/throw.h"
#include "msweep.h"

// Runs of pages. Free runs lie in lists by length: one list for each length below 128 pages, and
// four for each doubling above. Best fit takes the shortest run that is long enough; of equally
// long runs, the one freed last. A freed run is joined with its free neighbours. The table finds
// them: it knows the first and the last page of a free run, and all pages of a run in use.

enum {
	Exact = 128,
	NLists = Exact + 4 * 12 + 1,
	GrowPages = 128, // the least that the machine is asked for: a mebibyte
};

MHeap rt_mheap = {.lock = LOCK_INIT(RankHeap)};
NOROOT(rt_mheap)
Span **rt_spans;

static SpanList lists[NLists];
NOROOT(lists)
static uint64_t nonempty[(NLists + 63) / 64]; // a bit for each list
NOROOT(nonempty)

static uint32_t
list_of(uint32_t npages)
{
	uint32_t log;

	if (npages < Exact)
		return npages;
	log = 31 - (uint32_t)__builtin_clz(npages);
	return Exact + 4 * (log - 7) + (npages >> (log - 2) & 3);
}

// --- the lists ---

void
rt_span_append(SpanList *l, Span *s)
{
	s->next = NULL;
	s->prev = l->last;
	if (l->last)
		l->last->next = s;
	else
		l->first = s;
	l->last = s;
}

void
rt_span_prepend(SpanList *l, Span *s)
{
	s->prev = NULL;
	s->next = l->first;
	if (l->first)
		l->first->prev = s;
	else
		l->last = s;
	l->first = s;
}

void
rt_span_remove(SpanList *l, Span *s)
{
	if ((s->prev ? s->prev->next : l->first) != s || (s->next ? s->next->prev : l->last) != s)
		rt_throw("mem: a list of spans is broken");
	if (s->prev)
		s->prev->next = s->next;
	else
		l->first = s->next;
	if (s->next)
		s->next->prev = s->prev;
	else
		l->last = s->prev;
	s->next = s->prev = NULL;
}

static void
link_free(Span *s)
{
	uint32_t i = list_of(s->npages);
	uintptr_t page = rt_spaceof(s->base);

	s->kind = SpanFree;
	s->bin = 0;
	rt_span_prepend(&lists[i], s);
	nonempty[i / 64] |= UINT64_C(1) << i % 64;
	rt_spans[page] = s;
	rt_spans[page + s->npages - 1] = s;
	rt_mheap.idle += s->npages;
}

static void
unlink_free(Span *s)
{
	uint32_t i = list_of(s->npages);
	uintptr_t page = rt_spaceof(s->base);

	rt_span_remove(&lists[i], s);
	if (!lists[i].first)
		nonempty[i / 64] &= ~(UINT64_C(1) << i % 64);
	rt_spans[page] = rt_spans[page + s->npages - 1] = NULL;
	rt_mheap.idle -= s->npages;
}

// The first list from i on that is not empty; NLists: all are empty.
static uint32_t
next_list(uint32_t i)
{
	uint64_t bits;

	if (i >= NLists)
		return NLists;
	bits = nonempty[i / 64] >> i % 64 << i % 64;
	for (i /= 64; !bits; bits = nonempty[i])
		if (++i == nelem(nonempty))
			return NLists;
	return i * 64 + (uint32_t)__builtin_ctzll(bits);
}

static Span *
best_fit(uint32_t npages)
{
	for (uint32_t i = next_list(list_of(npages)); i < NLists; i = next_list(i + 1)) {
		Span *best = NULL;

		if (i < Exact)
			return lists[i].first;
		for (Span *s = lists[i].first; s; s = s->next)
			if (s->npages >= npages && (!best || s->npages < best->npages))
				best = s;
		if (best)
			return best;
	}
	return NULL;
}

// --- the table ---

static void
enter(Span *s)
{
	Span **at = rt_spans + rt_spaceof(s->base);

	for (uint32_t i = 0; i < s->npages; i++)
		at[i] = s;
}

static Span *
at_page(uintptr_t page)
{
	return page < SpacePages ? rt_spans[page] : NULL;
}

static void
join(Span *s, Span *other)
{
	unlink_free(other);
	if (other->base < s->base)
		s->base = other->base;
	s->npages += other->npages;
	s->needzero |= other->needzero;
	rt_spancell_free_locked(other);
}

// Puts s among the free runs, joined with its neighbours.
static void
coalesce(Span *s)
{
	uintptr_t page = rt_spaceof(s->base);
	Span *before = page > 0 ? at_page(page - 1) : NULL, *after = at_page(page + s->npages);

	if (before && before->kind == SpanFree)
		join(s, before);
	if (after && after->kind == SpanFree)
		join(s, after);
	link_free(s);
}

// --- growing ---

static bool
make_table(void)
{
	rt_spans = os_alloc(SpacePages * sizeof(Span *));
	if (!rt_spans)
		return false;
	rt_mheap.metabytes += SpacePages * sizeof(Span *);
	rt_mheap.lo = SpacePages;
	return true;
}

static bool
grow(uint32_t npages)
{
	uint32_t ask = npages < GrowPages ? GrowPages : npages;
	Span *s;
	void *p;

	if (!rt_spans && !make_table())
		return false;
	s = rt_spancell_locked();
	if (!s)
		return false;
	p = os_pages((size_t)ask << PageShift);
	if (!p && ask > npages) {
		ask = npages;
		p = os_pages((size_t)ask << PageShift);
	}
	if (!p) {
		rt_spancell_free_locked(s);
		return false;
	}
	memset(s, 0, sizeof *s);
	s->base = (uintptr_t)p;
	s->npages = ask;
	rt_mheap.sys += ask;
	if (rt_spaceof(s->base) < rt_mheap.lo)
		rt_mheap.lo = rt_spaceof(s->base);
	if (rt_spaceof(s->base) + ask > rt_mheap.hi)
		rt_mheap.hi = rt_spaceof(s->base) + ask;
	coalesce(s);
	return true;
}

// --- spans ---

// Cuts s, which is in no list, to npages. The rest becomes a free run. If there is no record for
// the rest, s stays as it is.
static void
trim(Span *s, uint32_t npages)
{
	Span *rest = s->npages > npages ? rt_spancell_locked() : NULL;

	if (!rest)
		return;
	memset(rest, 0, sizeof *rest);
	rest->base = s->base + ((uintptr_t)npages << PageShift);
	rest->npages = s->npages - npages;
	rest->needzero = s->needzero;
	s->npages = npages;
	coalesce(rest);
}

// The pages of s before its first aligned one become a free run of their own.
static bool
trim_front(Span *s, uint32_t align)
{
	uintptr_t base = round_up(s->base, (uintptr_t)align << PageShift);
	uint32_t skip = (uint32_t)((base - s->base) >> PageShift);
	Span *front = skip ? rt_spancell_locked() : NULL;

	if (skip && !front)
		return false;
	if (skip) {
		memset(front, 0, sizeof *front);
		front->base = s->base;
		front->npages = skip;
		front->needzero = s->needzero;
		s->base = base;
		s->npages -= skip;
		coalesce(front);
	}
	return true;
}

// How many states s has: one for each block, and one for the tail that no block uses.
static uint32_t
nstates(const Span *s)
{
	return s->nelems + (s->nelems * s->size < (size_t)s->npages << PageShift);
}

static bool
make_states(Span *s, uint32_t class)
{
	const SizeClass *c = &rt_classes[class];
	uint32_t n;

	if (class == 0) {
		s->nelems = 1;
		s->state = s->state1;
		s->size = (size_t)s->npages << PageShift;
	} else {
		s->nelems = c->nelems;
		s->size = c->size;
		s->magic = c->magic;
		s->state = rt_statecell_locked(nstates(s));
	}
	if (!s->state)
		return false;
	n = (uint32_t)round_up(nstates(s), 8);
	memset(s->state, 0, n);
	memset(s->state + s->nelems, ObjPad, n - s->nelems);
	return true;
}

static void
count(const Span *s, bool freed)
{
	uint32_t k = s->kind == SpanCollected;

	if (s->class)
		return;
	if (freed) {
		rt_mheap.nlargefree[k]++;
		rt_mheap.largefreebytes[k] += s->size;
	} else {
		rt_mheap.nlarge[k]++;
		rt_mheap.largebytes[k] += s->size;
	}
}

Span *
rt_mheap_alloc(uint32_t npages, uint32_t align, enum SpanKind kind, uint32_t class, bool noscan)
{
	uint64_t need = (uint64_t)npages + align - 1;
	Span *s;

	if (need >= SpacePages) // the 4 GiB are never free as a whole
		return NULL;
	rt_lock(&rt_mheap.lock);
	s = rt_spans ? best_fit((uint32_t)need) : NULL;
	if (!s && grow((uint32_t)need))
		s = best_fit((uint32_t)need);
	if (!s) {
		rt_unlock(&rt_mheap.lock);
		return NULL;
	}
	unlink_free(s);
	if (!trim_front(s, align)) {
		coalesce(s);
		rt_unlock(&rt_mheap.lock);
		return NULL;
	}
	trim(s, npages);
	s->magic = 0;
	s->class = (uint8_t) class;
	s->noscan = noscan;
	s->incache = s->infull = 0;
	s->list = NULL;
	s->nfree = 0;
	s->fresh = s->base;
	if (!make_states(s, class)) {
		coalesce(s);
		rt_unlock(&rt_mheap.lock);
		return NULL;
	}
	// This must come before s->kind is set: a sweeper might claim an unswept collected span.
	rt_sweep_new(s);
	s->kind = (uint8_t)kind;
	s->bin = kind == SpanMalloc ? (uint8_t) class : 0;
	enter(s);
	count(s, false);
	rt_unlock(&rt_mheap.lock);
	return s;
}

static void
forget(Span *s)
{
	if (s->state != s->state1)
		rt_statecell_free_locked(s->state, nstates(s));
	s->state = NULL;
	memset(rt_spans + rt_spaceof(s->base), 0, s->npages * sizeof(Span *));
}

void
rt_mheap_free(Span *s)
{
	rt_lock(&rt_mheap.lock);
	if (s->kind == SpanFree)
		rt_throw("mem: a free span is freed");
	count(s, true);
	forget(s);
	s->needzero = 1;
	coalesce(s);
	rt_unlock(&rt_mheap.lock);
}

static bool
lengthen(Span *s, uint32_t npages)
{
	Span *after = at_page(rt_spaceof(s->base) + s->npages);

	if (!after || after->kind != SpanFree || after->npages < npages - s->npages)
		return false;
	join(s, after);
	trim(s, npages);
	enter(s);
	return true;
}

static void
shorten(Span *s, uint32_t npages)
{
	s->needzero = 1; // the part that is cut off
	memset(rt_spans + rt_spaceof(s->base) + npages, 0, (s->npages - npages) * sizeof(Span *));
	trim(s, npages);
	enter(s);
}

bool
rt_mheap_resize(Span *s, uint32_t npages)
{
	bool done = true;

	rt_lock(&rt_mheap.lock);
	count(s, true);
	if (npages > s->npages)
		done = lengthen(s, npages);
	else if (npages < s->npages)
		shorten(s, npages);
	s->size = (size_t)s->npages << PageShift;
	count(s, false);
	rt_unlock(&rt_mheap.lock);
	return done;
}
