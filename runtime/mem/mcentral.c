#include "malloc.h"

#include "../base/debug.h"
#include "../base/noroot.h"
#include "../base/throw.h"
#include "clobber.h"
#include "msweep.h"

// Between the caches and the pages. A central holds the spans of a size class that have free
// blocks. A cache takes all free blocks of one span. So the lock is taken once for many blocks, and
// two Ps seldom write states that lie beside each other.

#define CENTRAL                                 \
	{                                       \
		.lock = LOCK_INIT(RankCentral), \
	}
#define CENTRALS2 CENTRAL, CENTRAL
#define CENTRALS8 CENTRALS2, CENTRALS2, CENTRALS2, CENTRALS2

MCentral rt_mallocs[NClasses] = {
	CENTRALS8, CENTRALS8, CENTRALS8, CENTRALS8, CENTRALS8,
	CENTRALS8, CENTRALS8, CENTRALS2, CENTRAL,
};
NOROOT(rt_mallocs)

#define PAIR              \
	{                 \
		CENTRALS2 \
	}
#define PAIRS8 PAIR, PAIR, PAIR, PAIR, PAIR, PAIR, PAIR, PAIR

MCentral rt_collected[NClasses][2] = {
	PAIRS8, PAIRS8, PAIRS8, PAIRS8, PAIRS8, PAIRS8, PAIRS8, PAIR, PAIR, PAIR,
};
NOROOT(rt_collected)

// --- uncollected ---

uint32_t
rt_central_take(uint32_t class, Bin *b)
{
	MCentral *c = &rt_mallocs[class];
	const SizeClass *k = &rt_classes[class];
	uintptr_t end;
	uint32_t n;
	Span *s;

	rt_lock(&c->lock);
	s = c->partial.first;
	if (s) {
		rt_span_remove(&c->partial, s);
	} else {
		s = rt_mheap_alloc(k->npages, 1, SpanMalloc, class, false);
		if (!s) {
			rt_unlock(&c->lock);
			return 0;
		}
		s->nfree = s->nelems;
	}
	n = s->nfree;
	end = s->base + (uintptr_t)s->nelems * k->size;
	b->list = s->list;
	b->n = n - (uint32_t)((end - s->fresh) / k->size);
	b->fresh = s->fresh;
	b->freshend = end;
	s->list = NULL;
	s->fresh = end;
	s->nfree = 0;
	rt_unlock(&c->lock);
	return n;
}

// s has more free blocks than before. If it had none before, it is in no list.
static void
grown_locked(MCentral *c, Span *s, uint32_t before)
{
	if (before > 0)
		rt_span_remove(&c->partial, s);
	if (s->nfree == s->nelems)
		rt_mheap_free(s);
	else
		rt_span_prepend(&c->partial, s);
}

// A list of blocks, and fresh blocks of one span, go back to their spans.
uint32_t
rt_central_give(uint32_t class, void *list, uintptr_t fresh, uintptr_t freshend)
{
	MCentral *c = &rt_mallocs[class];
	uint32_t n = 0;
	Span *s;
	void *next;

	rt_lock(&c->lock);
	if (fresh != freshend) {
		uint32_t before;

		s = rt_spanof(fresh);
		before = s->nfree;
		s->fresh = fresh;
		n = (uint32_t)((freshend - fresh) / s->size);
		s->nfree += n;
		grown_locked(c, s, before);
	}
	for (void *p = list; p; p = next) {
		next = *(void **)p;
		s = rt_spanof((uintptr_t)p);
		if (!s || s->kind != SpanMalloc || s->class != class || s->nfree == s->nelems) {
			rt_unlock(&c->lock);
			rt_throw("malloc: a list of free blocks is broken (use after free?)");
		}
		*(void **)p = s->list;
		s->list = p;
		s->nfree++;
		n++;
		if (s->nfree == 1 || s->nfree == s->nelems)
			grown_locked(c, s, s->nfree - 1);
	}
	rt_unlock(&c->lock);
	return n;
}

// --- collected ---

static void
put_full(MCentral *c, Span *s)
{
	s->infull = 1;
	rt_span_append(&c->full, s);
}

// Sweeps s, which the caller has claimed and taken out of its list. True: it has free blocks. If it
// has none, it goes to the end of the full list.
static bool
sweep_claimed(MCentral *c, Span *s)
{
	uint64_t freed;

	rt_unlock(&c->lock);
	freed = rt_sweep_states(s);
	rt_lock(&c->lock);
	c->nswept += freed;
	rt_sweep_new(s);
	if (s->nfree == 0)
		put_full(c, s);
	return s->nfree > 0;
}

// Takes a swept span with free blocks out of its list; NULL: none. If Tries full spans were swept
// in vain, a new span is better than more sweeping.
static Span *
find_locked(MCentral *c)
{
	enum { Tries = 16 };
	Span *s;

	while ((s = c->partial.first) != NULL) {
		bool unswept = rt_sweep_claim(s);

		if (!unswept && !rt_swept(s)) { // somebody else sweeps it: try the next ones
			for (s = s->next; s && !rt_swept(s); s = s->next)
				;
			if (!s)
				break;
		}
		rt_span_remove(&c->partial, s);
		if (!unswept || sweep_claimed(c, s))
			return s;
	}
	for (int i = 0; i < Tries && (s = c->full.first) != NULL && rt_sweep_claim(s); i++) {
		rt_span_remove(&c->full, s);
		s->infull = 0;
		if (sweep_claimed(c, s))
			return s;
	}
	return NULL;
}

// A span for a cache to allocate from, swept, with at least one free block; NULL: out of memory.
Span *
rt_central_takespan(uint32_t class, bool noscan)
{
	MCentral *c = &rt_collected[class][noscan];
	Span *s;

	rt_lock(&c->lock);
	s = find_locked(c);
	if (!s) {
		s = rt_mheap_alloc(rt_classes[class].npages, 1, SpanCollected, class, noscan);
		if (s && rt_debug.clobberfree)
			rt_clobber(s->base, (size_t)s->nelems * s->size);
		if (s)
			s->nfree = s->nelems;
	}
	if (s)
		s->incache = 1;
	rt_unlock(&c->lock);
	return s;
}

static uint32_t
count_free(const Span *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->nelems; i += 8)
		n += (uint32_t)__builtin_popcountll(rt_free_ones(s->state + i));
	return n;
}

void
rt_central_givespan(Span *s)
{
	MCentral *c = &rt_collected[s->class][s->noscan];

	rt_lock(&c->lock);
	s->incache = 0;
	s->nfree = count_free(s);
	if (s->nfree)
		rt_span_prepend(&c->partial, s);
	else
		put_full(c, s);
	rt_unlock(&c->lock);
}

// Sweeps s in the background, and moves it to the list where it then belongs. The caller has
// claimed s; it is still in its list.
void
rt_central_sweep(Span *s)
{
	MCentral *c = &rt_collected[s->class][s->noscan];
	uint64_t freed = rt_sweep_states(s);
	bool empty = s->nfree == s->nelems && !rt_debug.clobberfree;

	rt_lock(&c->lock);
	c->nswept += freed;
	rt_span_remove(s->infull ? &c->full : &c->partial, s);
	if (s->nfree == 0) {
		put_full(c, s);
	} else {
		s->infull = 0;
		if (!empty)
			rt_span_append(&c->partial, s);
	}
	rt_sweep_new(s);
	rt_unlock(&c->lock);
	if (empty)
		rt_mheap_free(s);
}
