#ifndef RT_BUCKET_H
#define RT_BUCKET_H

// The profiles' memory: a bucket for each stack that allocated, that blocked, or that held up
// others, and a record for each sampled block that is in use. Both come from os_alloc, so neither
// is profiled, nor looked at by the collector, nor ever given back; rt_profsys counts their bytes.
// All under one lock.

#include "../base/lock.h"

enum BucketKind { BucketHeap, BucketBlock, BucketMutex, NBucketKinds };

typedef struct Counts Counts;
struct Counts {
	// Of sampled blocks. Exact with a rate of 1.
	uint64_t allocs, frees, alloc_bytes, free_bytes;
	// Of all: each sampled block stands for as many as its chance of being sampled says.
	double est_allocs, est_frees, est_alloc_bytes, est_free_bytes;
};

typedef struct Bucket Bucket;
struct Bucket {
	Bucket *next;    // of the chain
	Bucket *allnext; // of its kind, made before this one
	enum BucketKind kind;
	uint32_t hash, nstk;
	union {
		struct {
			Counts total;  // as of the last collection
			Counts recent; // since
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
	Sampled *next; // of the window, or of the free ones
};

// The bucket of a stack; without alloc NULL when there is none, else NULL when there is no memory.
Bucket *rt_bucket(enum BucketKind kind, const uint32_t *stk, uint32_t nstk, bool alloc);
// The newest; the others by allnext.
Bucket *rt_buckets(enum BucketKind kind);

// Remembers a block; false: no memory.
bool rt_sampled_add(uintptr_t addr, Bucket *b, size_t size, double weight);
// Forgets it: *out is what was remembered; false: nothing.
bool rt_sampled_take(uintptr_t addr, Sampled *out);

// Every record in turn; the one at hand may be taken.
typedef struct SampledIter SampledIter;
struct SampledIter {
	void *batch;
	uint32_t i;
};

void rt_sampled_first(SampledIter *it);
const Sampled *rt_sampled_next(SampledIter *it);

#endif
