#include "malloc.h"

#include "../base/debug.h"
#include "../base/gmp.h"
#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/throw.h"

// A P's cache of blocks. One thread at a time uses it, without a lock.

enum { LimitBytes = 2 * PageSize, LimitMax = 1024, LimitMin = 8 };

// Each class draws the bytes between two of its samples by itself. The distribution is exponential,
// so all classes together are sampled as one stream of bytes would be.
uint32_t
rt_sample_next(size_t n)
{
	uint64_t bytes = rt_mem_nextsample();

	return bytes / n + 1 >= UINT32_MAX ? UINT32_MAX : (uint32_t)(bytes / n + 1);
}

static void
init(MCache *c)
{
	for (uint32_t i = 1; i < NClasses; i++) {
		uint32_t fit = LimitBytes / rt_classes[i].size;

		fit = fit > LimitMax ? LimitMax : fit;
		c->bins[i].limit = fit < LimitMin ? LimitMin : fit;
		c->bins[i].left = c->bins[i].budget = rt_sample_next(rt_classes[i].size);
		c->runs[i][0].left = rt_sample_next(rt_classes[i].size);
		c->runs[i][1].left = rt_sample_next(rt_classes[i].size);
	}
}

MCache *
rt_mcache_new(void)
{
	MCache *c = rt_must(os_alloc(sizeof *c), "mem: out of memory for the cache of a P");

	init(c);
	return c;
}

// The cache of threads without a P.
static MCache shared;
NOROOT(shared)

MCache *
rt_mem_shared(void)
{
	if (shared.bins[1].limit == 0)
		init(&shared);
	return &shared;
}

// --- uncollected ---

bool
rt_bin_refill(MCache *c, uint32_t class)
{
	uint32_t n = rt_central_take(class, &c->bins[class]);

	if (n == 0) {
		rt_mem_full();
		n = rt_central_take(class, &c->bins[class]);
	}
	c->bins[class].ntaken += n;
	return n > 0;
}

// Gives back all blocks of the list except the first keep ones, which were freed last.
void
rt_bin_flush(Bin *b, uint32_t class, uint32_t keep)
{
	void **link = &b->list, *rest;

	if (b->n <= keep)
		return;
	for (uint32_t i = 0; i < keep; i++)
		link = (void **)*link;
	rest = *link;
	*link = NULL;
	b->n = keep;
	b->ntaken -= rt_central_give(class, rest, 0, 0);
}

static void
flush_bin(Bin *b, uint32_t class)
{
	void *list = b->list;
	uintptr_t fresh = b->fresh, end = b->freshend;

	b->list = NULL;
	b->n = 0;
	b->fresh = b->freshend = 0;
	if (list || fresh != end)
		b->ntaken -= rt_central_give(class, list, fresh, end);
}

// --- collected ---

// Hands out the free blocks m of the group, up to the next sample. The sample itself is then handed
// out alone.
static void
hand_out(Run *r, uint64_t m, uint32_t size, bool *sample)
{
	uint32_t n = (uint32_t)__builtin_popcountll(m);

	r->mask = m;
	*sample = false;
	if (unlikely(rt_debug.gcstress)) { // one at a time: refill counts them
		r->mask = m & -m;
		r->held = m & (m - 1);
		n = 1;
	} else if (r->left > n) {
		r->left -= n;
	} else {
		uint64_t rest = m;

		n = r->left > 1 ? r->left - 1 : 1;
		*sample = r->left == 1;
		r->left = *sample ? rt_sample_next(size) : 1;
		for (uint32_t i = 0; i < n; i++)
			rest &= rest - 1;
		r->mask = m & ~rest;
		r->held = rest;
	}
	r->taken += n;
}

static bool
next_group(Run *r, uint32_t size, bool *sample)
{
	while (r->state < r->stateend) {
		uint64_t m = rt_free_ones(r->state);

		if (m) {
			hand_out(r, m, size, sample);
			return true;
		}
		r->state += 8;
		r->base += 8 * (uintptr_t)size;
	}
	return false;
}

static void
drop_span(Run *r)
{
	Span *s = r->span;

	if (!s)
		return;
	r->taken -= (uint32_t)__builtin_popcountll(r->mask);
	r->mask = r->held = 0;
	r->span = NULL;
	r->state = r->stateend = NULL;
	rt_central_givespan(s);
}

bool
rt_run_refill(MCache *c, uint32_t class, bool noscan, bool *sample)
{
	Run *r = &c->runs[class][noscan];
	uint32_t size = rt_classes[class].size;
	uint64_t held = r->held;
	Span *s;

	if (held) {
		r->held = 0;
		hand_out(r, held, size, sample);
		return true;
	}
	if (r->span) {
		r->state += 8;
		r->base += 8 * (uintptr_t)size;
		if (next_group(r, size, sample))
			return true;
		drop_span(r);
	}
	for (;;) {
		s = rt_central_takespan(class, noscan);
		if (!s)
			return false;
		addp_seq(&rt_heaplive, (uintptr_t)s->nfree * size);
		r->span = s;
		r->dirty = rt_debug.clobberfree ? 2 : s->needzero;
		r->base = s->base;
		r->state = s->state;
		r->stateend = s->state + s->nelems;
		if (next_group(r, size, sample))
			return true;
		drop_span(r);
	}
}

void
rt_mcache_flushruns(MCache *c)
{
	for (uint32_t i = 1; i < NClasses; i++) {
		drop_span(&c->runs[i][0]);
		drop_span(&c->runs[i][1]);
	}
}

void
rt_mcache_flush(MCache *c)
{
	for (uint32_t i = 1; i < NClasses; i++)
		flush_bin(&c->bins[i], i);
	rt_mcache_flushruns(c);
}

void
rt_mcache_flushall(void)
{
	rt_mcache_flush(rt_mem_shared());
	for (int32_t i = 0; i < MaxProcs && allp[i]; i++)
		rt_mcache_flush(allp[i]->mcache);
}

// --- sampling ---

static void
resample(MCache *c)
{
	rt_mcache_flushruns(c); // what they hand out was counted already
	for (uint32_t i = 1; i < NClasses; i++) {
		Bin *b = &c->bins[i];

		b->nmalloc += b->budget - b->left;
		b->left = b->budget = rt_sample_next(rt_classes[i].size);
		c->runs[i][0].left = rt_sample_next(rt_classes[i].size);
		c->runs[i][1].left = rt_sample_next(rt_classes[i].size);
	}
}

void
rt_mcache_resample(void)
{
	resample(rt_mem_shared());
	for (int32_t i = 0; i < MaxProcs && allp[i]; i++)
		resample(allp[i]->mcache);
}
