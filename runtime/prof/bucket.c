#include "bucket.h"

#include <string.h>

#include "../base/noroot.h"
#include "../base/os.h"
#include "../mem/malloc.h"

// Two tables, both as in Go 1: from a stack to its bucket, and from an address to its record.

// --- memory ---

enum { ChunkBytes = 16 << 10 };

static void *
fresh(size_t n)
{
	void *p = os_alloc(n);

	if (p)
		addp_seq(&rt_profsys, n);
	return p;
}

static void *
persistent(size_t n)
{
	static char *at, *end;

	n = round_up(n, 8);
	if ((size_t)(end - at) < n) {
		at = fresh(ChunkBytes);
		end = at ? at + ChunkBytes : NULL;
		if (!at)
			return NULL;
	}
	at += n;
	return at - n;
}

// --- stack to bucket ---

enum { Chains = 179999 };

Lock rt_bucketlock = LOCK_INIT(RankProf);

static Bucket **table, *newest[NBucketKinds];

static uint32_t
hash(enum BucketKind kind, const uint32_t *stk, uint32_t n)
{
	uint32_t h = kind;

	for (uint32_t i = 0; i < n; i++) {
		h += stk[i];
		h += h << 10;
		h ^= h >> 6;
	}
	h += h << 3;
	return h ^ h >> 11;
}

static Bucket *
make(Bucket **chain, enum BucketKind kind, const uint32_t *stk, uint32_t n, uint32_t h)
{
	Bucket *b = persistent(sizeof *b + n * sizeof *stk);

	if (!b)
		return NULL;
	if (n > 0)
		memcpy(b->stk, stk, n * sizeof *stk);
	b->kind = kind;
	b->hash = h;
	b->nstk = n;
	b->next = *chain;
	*chain = b;
	b->allnext = newest[kind];
	newest[kind] = b;
	return b;
}

Bucket *
rt_bucket(enum BucketKind kind, const uint32_t *stk, uint32_t n, bool alloc)
{
	uint32_t h = hash(kind, stk, n);
	Bucket **chain;

	if (!table && alloc)
		table = fresh(Chains * sizeof *table);
	if (!table)
		return NULL;
	chain = &table[h % Chains];
	for (Bucket *b = *chain; b; b = b->next)
		if (b->kind == kind && b->hash == h && b->nstk == n &&
		    memcmp(b->stk, stk, n * sizeof *stk) == 0)
			return b;
	return alloc ? make(chain, kind, stk, n, h) : NULL;
}

Bucket *
rt_buckets(enum BucketKind kind)
{
	return newest[kind];
}

// --- address to record: region of a mebibyte, then window of 128 bytes, then short list ---

enum {
	RegionShift = 20,
	WindowShift = 7,
	Windows = 1 << (RegionShift - WindowShift),
	HashBits = 12,
	AtOnce = 64, // records in a batch
};

typedef struct Region Region;
struct Region {
	Region *next;
	uintptr_t number;
	Sampled *windows[Windows];
};

typedef struct Batch Batch;
struct Batch {
	Batch *next;
	Sampled records[AtOnce];
};

static Region *regions[1 << HashBits];
NOROOT(regions)
static Batch *batches;
static Sampled *unused;

static Sampled **
window(uintptr_t addr, bool alloc)
{
	uintptr_t number = addr >> RegionShift;
	Region **chain = &regions[(uint32_t)number * UINT32_C(2654435769) >> (32 - HashBits)], *r;

	for (r = *chain; r && r->number != number; r = r->next)
		;
	if (!r && alloc && (r = fresh(sizeof *r)) != NULL) {
		r->number = number;
		r->next = *chain;
		*chain = r;
	}
	return r ? &r->windows[addr >> WindowShift & (Windows - 1)] : NULL;
}

static Sampled *
record(void)
{
	Sampled *r = unused;
	Batch *b;

	if (!r) {
		b = persistent(sizeof *b);
		if (!b)
			return NULL;
		b->next = batches;
		batches = b;
		for (int i = AtOnce - 1; i >= 0; i--) {
			b->records[i].next = r;
			r = &b->records[i];
		}
	}
	unused = r->next;
	return r;
}

bool
rt_sampled_add(uintptr_t addr, Bucket *b, size_t size, double weight)
{
	Sampled **list = window(addr, true), *r = list ? record() : NULL;

	if (!r)
		return false;
	*r = (Sampled){addr, b, size, weight, *list};
	*list = r;
	return true;
}

bool
rt_sampled_take(uintptr_t addr, Sampled *out)
{
	Sampled **link = window(addr, false), *r;

	while (link && *link && (*link)->addr != addr)
		link = &(*link)->next;
	if (!link || !*link)
		return false;
	r = *link;
	*out = *r;
	*link = r->next;
	r->bucket = NULL;
	r->next = unused;
	unused = r;
	return true;
}

void
rt_sampled_first(SampledIter *it)
{
	*it = (SampledIter){batches, 0};
}

const Sampled *
rt_sampled_next(SampledIter *it)
{
	for (Batch *b = it->batch; b; b = it->batch = b->next, it->i = 0)
		while (it->i < AtOnce)
			if (b->records[it->i++].bucket)
				return &b->records[it->i - 1];
	return NULL;
}
