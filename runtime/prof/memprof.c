#include "memprof.h"

#include <math.h>
#include <string.h>

#include "../base/debug.h"
#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/print.h"
#include "../base/self.h"
#include "../mem/malloc.h"
#include "../sched/world.h"
#include "../sync/panic.h"
#include "../worldsema.h"
#include "goprof.h"
#include "traceback.h"

enum { DefaultRate = 512 << 10, MaxRate = 0x3fffffff };

static AtomicU32 rate;
static bool paced; // nobody has asked for another rate than the default

int32_t
rt_memprof_rate(void)
{
	return (int32_t)load_relaxed(&rate);
}

void
rt_memprof_pause(void)
{
	if (rt_m())
		rt_m()->noprof++;
}

void
rt_memprof_resume(void)
{
	if (rt_m())
		rt_m()->noprof--;
}

// --- sampling ---

static AtomicU64 state; // of the random numbers
NOROOT(state)

// Uniform in (0, 1], for any thread: splitmix64.
static double
uniform(void)
{
	uint64_t z = add64_seq(&state, UINT64_C(0x9e3779b97f4a7c15));

	if (z == UINT64_C(0x9e3779b97f4a7c15)) // the first
		z = add64_seq(&state, os_random());
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return (double)((z >> 11) + 1) * 0x1p-53;
}

static uint64_t
next_sample(void)
{
	uint32_t r = load_relaxed(&rate);

	if (r == 0)
		return UINT64_MAX;
	return r == 1 ? 0 : (uint64_t)(-log(uniform()) * r);
}

// The chance that a block of n bytes is sampled.
static double
chance(size_t n, double r)
{
	return r == 1 ? 1 : -expm1(-(double)n / r);
}

// --- pace ---
//
// The engine needs microseconds for a stack. A program that does little but allocate would notice
// this at the default rate. So an M whose samples took more than a hundredth of its time samples as
// if the rate were 2, 4, 8 ... times as coarse: it drops samples at random, and takes only as many
// as the coarser rate would give. Each sample is weighed with the rate at which it was taken, so
// totals stay unbiased. A rate that somebody asked for is kept. The cheapest of some samples gives
// the cost of one: during the others the thread may have waited.

enum { Share = 100, Window = 8, Coarsest = 8 };

static double
rate_of(const M *mp)
{
	uint32_t r = load_relaxed(&rate);

	return paced && mp ? ldexp(r, (int)mp->mempace.shift) : r;
}

static void
pace(M *mp, int64_t began)
{
	MemPace *pc = &mp->mempace;
	int64_t now = os_nanotime(), cost = now - began, span;

	if (pc->n == 0 || cost < pc->least)
		pc->least = cost;
	if (++pc->n < Window)
		return;
	cost = pc->least * Window;
	span = now - pc->since;
	for (; pc->shift < Coarsest && span < cost * Share; span *= 2)
		pc->shift++;
	for (; pc->shift > 0 && span >= cost * Share * 2; span /= 2)
		pc->shift--;
	*pc = (MemPace){.shift = pc->shift, .since = now};
}

typedef struct Sample Sample;
struct Sample {
	void *p;
	size_t n;
	double weight; // how many such blocks it stands for
	bool taken;
};

static void
take_sample(void *arg)
{
	Sample *s = arg;
	uint32_t pcs[2 * OwnPairs], npcs;
	void *p = s->p;
	size_t n = s->n;
	double w = s->weight;
	Bucket *b;

	rt_memprof_pause();
	npcs = rt_own_frames(pcs, "rt_mem_sample"); // if the runtime allocates for itself
	rt_lock(&rt_bucketlock);
	b = rt_bucket(BucketHeap, pcs, npcs, true);
	if (b && !rt_sampled_add((uintptr_t)p, b, n, w))
		b = NULL;
	if (b) {
		b->recent.allocs++;
		b->recent.alloc_bytes += n;
		b->recent.est_allocs += w;
		b->recent.est_alloc_bytes += w * (double)n;
	}
	rt_unlock(&rt_bucketlock);
	rt_memprof_resume();
	s->taken = b != NULL;
}

// take_sample runs on the M's own stack: the goroutine that allocates may have little stack left.
static bool
on_sample(void *p, size_t n)
{
	M *mp = rt_m();
	uint32_t r = load_relaxed(&rate);
	double at = rate_of(mp);
	Sample s = {p, n, 1 / chance(n, at), false};
	int64_t began;

	if (r == 0 || (mp && mp->noprof))
		return false;
	if (at > r && uniform() > chance(n, at) / chance(n, r))
		return false;
	began = paced && mp ? os_nanotime() : 0;
	os_systemstack(take_sample, &s);
	if (began)
		pace(mp, began);
	return s.taken;
}

// With GODEBUG=clobberfree=1: the allocation stacks of sampled blocks that are free now, as many as
// there is room for.
typedef struct Gone Gone;
struct Gone {
	uintptr_t addr;
	const Bucket *bucket;
};

enum { NGone = 1 << 16 };

static Gone *gone;

static Gone *
last_of(uintptr_t addr)
{
	return &gone[(uint32_t)(addr >> 3) * 2654435761u >> 16 & (NGone - 1)];
}

static void
on_reused(void *p, bool written)
{
	Gone *g = last_of((uintptr_t)p), was;

	rt_lock(&rt_bucketlock);
	was = *g;
	if (was.addr == (uintptr_t)p)
		g->addr = 0;
	rt_unlock(&rt_bucketlock);
	if (!written)
		return;
	if (was.addr != (uintptr_t)p) {
		rt_prints("runtime: who allocated it was not sampled (GODEBUG=memprofilerate=1)\n");
		return;
	}
	rt_prints("runtime: it was allocated by\n");
	for (uint32_t i = 0; i < was.bucket->nstk; i++)
		rt_printframes(was.bucket->stk[i], 1);
}

static void
freed(uintptr_t addr)
{
	Sampled r;

	if (!rt_sampled_take(addr, &r))
		return;
	if (gone)
		*last_of(addr) = (Gone){addr, r.bucket};
	r.bucket->recent.frees++;
	r.bucket->recent.free_bytes += r.size;
	r.bucket->recent.est_frees += r.weight;
	r.bucket->recent.est_free_bytes += r.weight * (double)r.size;
}

static void
on_special(Span *s, void *p)
{
	(void)s;
	rt_lock(&rt_bucketlock);
	freed((uintptr_t)p);
	rt_unlock(&rt_bucketlock);
}

// --- collections ---

static void
unless_marked(const Sampled *r)
{
	Span *s = rt_spanof(r->addr);
	uint8_t *state = &s->state[rt_blockof(s, r->addr)];

	if (s->kind != SpanCollected || *state & ObjMark)
		return;
	*state &= (uint8_t)~ObjSpecial; // so that sweeping does not report it again
	freed(r->addr);
}

void
rt_memprof_marked(void)
{
	SampledIter it;
	const Sampled *r;

	rt_lock(&rt_bucketlock);
	rt_sampled_first(&it);
	while ((r = rt_sampled_next(&it)) != NULL)
		unless_marked(r);
	rt_unlock(&rt_bucketlock);
}

static void
add(Counts *to, const Counts *c)
{
	to->allocs += c->allocs;
	to->frees += c->frees;
	to->alloc_bytes += c->alloc_bytes;
	to->free_bytes += c->free_bytes;
	to->est_allocs += c->est_allocs;
	to->est_frees += c->est_frees;
	to->est_alloc_bytes += c->est_alloc_bytes;
	to->est_free_bytes += c->est_free_bytes;
}

static void
fold_locked(void)
{
	for (Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext) {
		add(&b->total, &b->recent);
		memset(&b->recent, 0, sizeof b->recent);
	}
}

void
rt_memprof_gc(void)
{
	rt_lock(&rt_bucketlock);
	fold_locked();
	rt_unlock(&rt_bucketlock);
}

void
rt_memprof_died(void)
{
	fold_locked();
}

// --- reading ---

static bool
clear_locked(void)
{
	for (Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		if (b->total.allocs || b->total.frees)
			return false;
	return true;
}

void
rt_memprof_begin(void)
{
	rt_lock(&rt_bucketlock);
	if (clear_locked())
		fold_locked();
}

void
rt_memprof_end(void)
{
	rt_unlock(&rt_bucketlock);
}

bool
rt_memprof_shows(const Bucket *b, bool inuse_zero)
{
	return inuse_zero || b->total.alloc_bytes != b->total.free_bytes;
}

static GoMemProfileRecord
record(const Bucket *b)
{
	GoMemProfileRecord r = {
		.alloc_bytes = b->total.alloc_bytes,
		.free_bytes = b->total.free_bytes,
		.alloc_objects = b->total.allocs,
		.free_objects = b->total.frees,
	};

	for (uint32_t i = 0; i < b->nstk; i++)
		r.pcs[i] = b->stk[i];
	return r;
}

bool
go_mem_profile(GoMemProfileRecord *records, size_t max, size_t *n, bool inuse_zero)
{
	bool ok;

	rt_nonil_here(n);
	if (max > 0)
		rt_nonil_here(records);
	*n = 0;
	rt_memprof_begin();
	for (Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		*n += rt_memprof_shows(b, inuse_zero);
	ok = *n <= max;
	for (Bucket *b = rt_buckets(BucketHeap); ok && b; b = b->allnext)
		if (rt_memprof_shows(b, inuse_zero))
			*records++ = record(b);
	rt_memprof_end();
	return ok;
}

// --- the rate ---

// The world is stopped, or not yet running.
static void
set_rate(int to)
{
	rt_mem_lock();
	paced = false;
	store_relaxed(&rate, to < 0 ? 0 : to > MaxRate ? MaxRate : (uint32_t)to);
	rt_mcache_resample();
	rt_mem_unlock();
}

int
go_set_mem_profile_rate(int to)
{
	int old;

	rt_world_begin();
	old = rt_memprof_rate();
	set_rate(to);
	rt_world_end();
	return old;
}

void
rt_memprof_init(int32_t to)
{
	rt_mem_hooks.on_sample = on_sample;
	rt_mem_hooks.on_special = on_special;
	rt_mem_hooks.on_marked = rt_memprof_marked;
	if (rt_debug.clobberfree && (gone = os_alloc(NGone * sizeof *gone)) != NULL)
		rt_mem_hooks.on_reused = on_reused;
	rt_mem_hooks.next_sample = next_sample;
	set_rate(to < 0 ? DefaultRate : to);
	paced = to < 0;
}
