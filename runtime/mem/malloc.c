#include "malloc.h"

#include <string.h>

#include "../base/debug.h"
#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/self.h"
#include "../base/throw.h"
#include "clobber.h"
#include "misuse.h"
#include "msweep.h"

// Allocating and freeing: the fast halves, and large blocks.

// --- threads without a P ---

static Lock sharedlock = LOCK_INIT(RankMalloc);

void
rt_mem_lock(void)
{
	rt_lock(&sharedlock);
}

void
rt_mem_unlock(void)
{
	rt_unlock(&sharedlock);
}

// This P's cache; NULL: there is no P.
ALWAYS_INLINE MCache *
mycache(void)
{
	M *mp = rt_m();

	return mp && mp->p ? mp->p->mcache : NULL;
}

static NOINLINE MCache *
lock_shared(void)
{
	rt_mem_lock();
	return rt_mem_shared();
}

ALWAYS_INLINE bool
insidespace(const void *p)
{
	return sizeof(void *) == 4 || rt_spaceof((uintptr_t)p) < SpacePages;
}

ALWAYS_INLINE MCache *
getcache(bool *shared)
{
	MCache *c = mycache();

	*shared = !c;
	return likely(c) ? c : lock_shared();
}

ALWAYS_INLINE void
putcache(bool shared)
{
	if (unlikely(shared))
		rt_mem_unlock();
}

// --- the heap profile ---

static void
sample(void *p, size_t n)
{
	Span *s = rt_spanof((uintptr_t)p);

	if (rt_mem_sample(p, n))
		s->state[rt_blockof(s, (uintptr_t)p)] |= ObjSpecial;
}

static NOINLINE void
sample_bin(Bin *b, void *p, size_t n)
{
	b->nmalloc += b->budget;
	b->left = b->budget = rt_sample_next(n);
	sample(p, n);
}

ALWAYS_INLINE void
zero(void *p, size_t n)
{
	uint64_t *w = p;

	if (n > 256) {
		memset(p, 0, n);
		return;
	}
	for (size_t i = 0; i < n / 8; i++)
		w[i] = 0;
}

// --- uncollected ---

static uint32_t
pagesof(size_t n)
{
	return n == 0 ? 1 : (uint32_t)((n + PageSize - 1) >> PageShift);
}

static bool
toolarge(size_t n)
{
	return n > ((size_t)SpacePages - 1) << PageShift;
}

static NOINLINE void *
malloc_pages(size_t n, uint32_t align, bool noscan)
{
	bool shared;
	Span *s = NULL;

	getcache(&shared);
	if (!toolarge(n) && !(s = rt_mheap_alloc(pagesof(n), align, SpanMalloc, 0, noscan))) {
		rt_mem_full();
		s = rt_mheap_alloc(pagesof(n), align, SpanMalloc, 0, noscan);
	}
	if (s)
		s->state[0] = ObjAlloc;
	putcache(shared);
	if (!s) {
		os_nomemory();
		return NULL;
	}
	if (rt_sample_next(s->size) == 1)
		sample((void *)s->base, s->size);
	return (void *)s->base;
}

static void *
malloc_large(size_t n, uint32_t align)
{
	return malloc_pages(n, align, false);
}

void *
rt_malloc_noscan(size_t n)
{
	return malloc_pages(n, 1, true);
}

// A block of the class. No other thread may use c meanwhile.
ALWAYS_INLINE void *
take(MCache *c, uint32_t class)
{
	Bin *b = &c->bins[class];
	void *p = b->list;
	Span *s;
	uint32_t i;

	if (unlikely(!p)) {
		if (b->fresh == b->freshend && !rt_bin_refill(c, class)) {
			os_nomemory();
			return NULL;
		}
		p = b->list;
	}
	if (likely(p)) {
		b->list = *(void **)p;
		b->n--;
	} else {
		p = (void *)b->fresh;
		b->fresh += rt_classes[class].size;
	}
	s = rt_spans[rt_spaceof((uintptr_t)p)];
	rt_blockat(s, (uintptr_t)p, &i);
	s->state[i] = ObjAlloc;
	if (unlikely(--b->left == 0))
		sample_bin(b, p, rt_classes[class].size);
	return p;
}

static NOINLINE void *
take_shared(uint32_t class)
{
	MCache *c = lock_shared();
	void *p = take(c, class);

	rt_mem_unlock();
	return p;
}

void *
rt_malloc(size_t n)
{
	uint32_t class;
	MCache *c;

	if (unlikely(n > MaxSmall))
		return malloc_large(n, 1);
	class = rt_classof(n);
	c = mycache();
	return likely(c) ? take(c, class) : take_shared(class);
}

void *
rt_calloc(size_t n, size_t each)
{
	size_t bytes = n * each;
	void *p;

	if (each && bytes / each != n) {
		os_nomemory();
		return NULL;
	}
	p = rt_malloc(bytes);
	if (p && (bytes <= MaxSmall || rt_spanof((uintptr_t)p)->needzero))
		zero(p, round_up(bytes, 8));
	return p;
}

void *
rt_memalign(size_t align, size_t n)
{
	uint32_t class;
	MCache *c;

	if (align <= 8)
		return rt_malloc(n);
	if (toolarge(n) || toolarge(align)) {
		os_nomemory();
		return NULL;
	}
	// A span begins at a page, and its blocks at multiples of their size from there.
	if (n <= MaxSmall && align <= PageSize)
		for (class = rt_classof(n); class < NClasses; class ++)
			if (rt_classes[class].size % align == 0) {
				c = mycache();
				return c ? take(c, class) : take_shared(class);
			}
	return malloc_large(n, align > PageSize ? (uint32_t)(align >> PageShift) : 1);
}

// The span of the block at p. Throws unless p can be freed.
static Span *
checked(const char *who, void *p)
{
	Span *s = rt_spanof((uintptr_t)p);
	uint32_t i = s ? rt_blockof(s, (uintptr_t)p) : 0;

	if (!s || s->kind != SpanMalloc || i >= s->nelems ||
	    s->base + i * s->size != (uintptr_t)p || !(s->state[i] & ObjAlloc))
		rt_misuse(who, p);
	return s;
}

ALWAYS_INLINE void
put(MCache *c, uint32_t class, void *p)
{
	Bin *b = &c->bins[class];

	*(void **)p = b->list;
	b->list = p;
	if (unlikely(++b->n > b->limit))
		rt_bin_flush(b, class, b->limit / 2);
}

// Frees what rt_free does not: large blocks, blocks with ObjSpecial, and any block on a thread
// without a P. Also finds misuse.
static NOINLINE void
free_slow(void *p)
{
	Span *s = checked("free", p);
	uint8_t *state = &s->state[rt_blockof(s, (uintptr_t)p)];
	bool shared;
	MCache *c;

	if (*state & ObjSpecial)
		rt_mem_special(s, p);
	c = getcache(&shared);
	*state = 0;
	if (s->class)
		put(c, s->class, p);
	else
		rt_mheap_free(s);
	putcache(shared);
}

void
rt_free(void *p)
{
	MCache *c = mycache();
	uint32_t i;
	Span *s;

	if (!p)
		return;
	if (likely(c && insidespace(p) && (s = rt_spans[rt_spaceof((uintptr_t)p)]) != NULL) &&
	    likely(s->bin && rt_blockat(s, (uintptr_t)p, &i) && s->state[i] == ObjAlloc)) {
		s->state[i] = 0;
		put(c, s->bin, p);
		return;
	}
	free_slow(p);
}

// A large block has a new size. The profile and the statistics count this as a free and a new
// allocation.
static void
resampled(Span *s)
{
	if (s->state[0] & ObjSpecial) {
		rt_mem_special(s, (void *)s->base);
		s->state[0] &= (uint8_t)~ObjSpecial;
	}
	if (rt_sample_next(s->size) == 1)
		sample((void *)s->base, s->size);
}

// Tries to reallocate in place: if the block is neither too small nor twice too large. Only large
// blocks can shrink or grow where they are.
static bool
resize(Span *s, size_t n)
{
	bool shared, done;

	if (s->class)
		return n <= s->size && (n > s->size / 2 || s->size <= 32);
	if (n <= MaxSmall || toolarge(n))
		return false;
	if (pagesof(n) == s->npages)
		return true;
	getcache(&shared);
	done = rt_mheap_resize(s, pagesof(n));
	putcache(shared);
	if (done)
		resampled(s);
	return done;
}

void *
rt_realloc(void *p, size_t n)
{
	Span *s;
	void *q;

	if (!p)
		return rt_malloc(n);
	s = checked("realloc", p);
	if (resize(s, n))
		return p;
	q = rt_malloc(n);
	if (!q)
		return n <= s->size ? p : NULL; // shrinking never fails
	memcpy(q, p, n < s->size ? n : s->size);
	rt_free(p);
	return q;
}

size_t
rt_usable(void *p)
{
	return p ? checked("malloc_usable_size", p)->size : 0;
}

// --- collected ---

// Reports that a collection is due, once, or that it is overdue. No lock held.
static NOINLINE void
trigger(uintptr_t at)
{
	uintptr_t brake = loadp_acq(&rt_gcbrake);

	if (at == brake)
		rt_mem_brake();
	else if (casp_acqrel(&rt_gctrigger, at, brake))
		rt_mem_trigger();
}

ALWAYS_INLINE void
maybe_trigger(void)
{
	uintptr_t at = loadp_acq(&rt_gctrigger);

	if (unlikely(loadp_acq(&rt_heaplive) >= at))
		trigger(at);
}

// GODEBUG=gcstress=N: every Nth allocation asks for a collection.
static NOINLINE void
stress(void)
{
	static AtomicU32 n;

	if (add_seq(&n, 1) % (uint32_t)rt_debug.gcstress == 0)
		rt_mem_trigger();
}

static NOINLINE void *
new_large(size_t n, bool noscan)
{
	bool shared;
	Span *s = NULL;

	getcache(&shared);
	if (!toolarge(n))
		s = rt_mheap_alloc(pagesof(n), 1, SpanCollected, 0, noscan);
	if (s && s->needzero)
		memset((void *)s->base, 0, s->size);
	if (s)
		s->state[0] = ObjAlloc;
	putcache(shared);
	if (!s)
		return NULL;
	if (rt_sample_next(s->size) == 1)
		sample((void *)s->base, s->size);
	addp_seq(&rt_heaplive, s->size);
	maybe_trigger();
	if (rt_debug.gcstress)
		stress();
	return (void *)s->base;
}

// True when the next block is to be sampled. Out of memory leaves the mask 0.
static NOINLINE bool
refill(MCache *c, uint32_t class, bool noscan)
{
	bool shared = c == rt_mem_shared(), sampled;

	if (!rt_run_refill(c, class, noscan, &sampled))
		return false;
	if (!shared)
		maybe_trigger();
	if (!shared && rt_debug.gcstress)
		stress();
	return sampled;
}

// With clobberfree: c is about to hand out the free block at p. Throws if the block does not hold
// the pattern any more.
static NOINLINE void
check_free(MCache *c, void *p, size_t n)
{
	size_t at;

	if (rt_clobbered((uintptr_t)p, n, &at)) {
		rt_mem_reused(p, false);
		return;
	}
	if (c == rt_mem_shared())
		rt_mem_unlock();
	rt_clobber_tell((uintptr_t)p, n, at);
	rt_mem_reused(p, true);
	rt_throw("gc: write to a free block");
}

ALWAYS_INLINE void *
newblock(MCache *c, uint32_t class, bool noscan)
{
	Run *r = &c->runs[class][noscan];
	uint32_t size = rt_classes[class].size, i;
	bool sampled = false;
	void *p;

	if (unlikely(!r->mask)) {
		sampled = refill(c, class, noscan);
		if (!r->mask)
			return NULL;
	}
	i = (uint32_t)__builtin_ctzll(r->mask) / 8;
	r->mask &= r->mask - 1;
	p = (void *)(r->base + i * size);
	r->state[i] = ObjAlloc;
	if (r->dirty) {
		if (unlikely(r->dirty > 1))
			check_free(c, p, size);
		zero(p, size);
	}
	if (unlikely(sampled))
		sample(p, size);
	return p;
}

static NOINLINE void *
new_shared(uint32_t class, bool noscan)
{
	MCache *c = lock_shared();
	void *p = newblock(c, class, noscan);

	rt_mem_unlock();
	maybe_trigger();
	return p;
}

ALWAYS_INLINE void *
collected(size_t n, bool noscan)
{
	uint32_t class;
	MCache *c;

	if (unlikely(n > MaxSmall))
		return new_large(n, noscan);
	class = rt_classof(n);
	c = mycache();
	return likely(c) ? newblock(c, class, noscan) : new_shared(class, noscan);
}

// Each of these has one caller, so that the optimiser puts it there: a call more is a tenth of an
// allocation.
void *
rt_new(size_t n)
{
	return collected(n, false);
}

void *
rt_new_noscan(size_t n)
{
	return collected(n, true);
}

NOINLINE void *
rt_new_again(size_t n, bool noscan)
{
	return collected(n, noscan);
}

// --- the names that the machine wants for these functions: the C library's, or none ---

OS_MALLOC_NAMES
