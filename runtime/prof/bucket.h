#ifndef RT_BUCKET_H
#define RT_BUCKET_H

// The profiles' memory: a bucket for each stack that allocated, blocked, or held up others, and a
// record for each sampled block that is in use. Both come from os_alloc. So they are not profiled,
// the collector does not read them, and they are never given back. rt_profsys counts their bytes.
// One lock guards everything here.

#include "../base/lock.h"

enum BucketKind { BucketHeap, BucketBlock, BucketMutex, NBucketKinds };

typedef struct Counts Counts;
struct Counts {
	// Sampled blocks: all blocks if the rate is 1.
	uint64_t allocs, frees, alloc_bytes, free_bytes;
	// An estimate for all blocks: each sampled block counts as 1 / its chance of being sampled.
	double est_allocs, est_frees, est_alloc_bytes, est_free_bytes;
};

typedef struct Bucket Bucket;
struct Bucket {
	Bucket *next;    // the next bucket of the chain
	Bucket *allnext; // the bucket of the same kind that was made before this one
	enum BucketKind kind;
	uint32_t hash, nstk;
	union {
		struct {
			Counts total;  // as of the last collection
			Counts recent; // since then
		};
		struct {
			double times;
			int64_t ns;
		} delay;
	};
	uint32_t stk[];
};

extern Lock rt_bucketlock;

// A sampled block.
typedef struct Sampled Sampled;
struct Sampled {
	uintptr_t addr;
	Bucket *bucket; // NULL: the record is free
	size_t size;
	double weight;
	Sampled *next; // the next record of the window, or of the free list
};

// The bucket of a stack. If there is none, alloc makes one; NULL: no memory, or no alloc.
Bucket *rt_bucket(enum BucketKind kind, const uint32_t *stk, uint32_t nstk, bool alloc);
// The newest bucket of a kind; allnext leads to the others.
Bucket *rt_buckets(enum BucketKind kind);

// Remembers a block; false: no memory.
bool rt_sampled_add(uintptr_t addr, Bucket *b, size_t size, double weight);
// Forgets a block, and puts its record into *out; false: there is no record.
bool rt_sampled_take(uintptr_t addr, Sampled *out);

// Goes through all records. The record just returned may be taken.
typedef struct SampledIter SampledIter;
struct SampledIter {
	void *batch;
	uint32_t i;
};

void rt_sampled_first(SampledIter *it);
const Sampled *rt_sampled_next(SampledIter *it);

#endif
