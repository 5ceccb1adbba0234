#include "memory.h"

#include <stdlib.h>
#include <string.h>

#include "../gc/gc.h"
#include "../mem/malloc.h"
#include "../mem/mstats.h"
#include "../prof/memprof.h"
#include "../worldsema.h"

// Numbers for the host: 64-bit words, in the order that host/profile/memstats.js reads them.

static uint64_t *
put_scalars(uint64_t *w, const GoMemStats *s)
{
	const uint64_t all[] = {
		s->alloc,           s->total_alloc,      s->sys,
		s->lookups,         s->mallocs,          s->frees,
		s->heap_alloc,      s->heap_sys,         s->heap_idle,
		s->heap_inuse,      s->heap_released,    s->heap_objects,
		s->stack_inuse,     s->stack_sys,        s->frames,
		s->mspan_inuse,     s->mspan_sys,        s->mcache_inuse,
		s->mcache_sys,      s->buck_hash_sys,    s->gc_sys,
		s->other_sys,       s->next_gc,          s->last_gc,
		s->pause_total_ns,  s->num_gc,           s->enable_gc,
		s->debug_gc,        s->malloc_bytes,     s->malloc_blocks,
		s->collected_bytes, s->collected_blocks,
	};

	memcpy(w, all, sizeof all);
	return w + nelem(all);
}

// Its words are fewer than those of the record itself.
void *
rt_answer_memstats(size_t *bytes)
{
	GoMemStats *s = rt_malloc_noscan(sizeof *s);
	uint64_t *out = s ? rt_malloc_noscan(sizeof *s) : NULL, *to = out;

	if (out) {
		go_read_mem_stats(s);
		if (s->last_gc)
			s->last_gc = (uint64_t)os_hosttime((int64_t)s->last_gc);
		to = put_scalars(to, s);
		memcpy(to, s->pause_ns, sizeof s->pause_ns);
		to += nelem(s->pause_ns);
		for (size_t i = 0; i < nelem(s->by_size) && s->by_size[i].size; i++) {
			*to++ = s->by_size[i].size;
			*to++ = s->by_size[i].mallocs;
			*to++ = s->by_size[i].frees;
		}
		*bytes = (size_t)(to - out) * sizeof *out;
	}
	free(s);
	return out;
}

// --- the heap at a glance ---

enum { HeapWords = 4, CycleWords = 7, CyclesTold = NCycles / 2 };

static uint32_t *
put_cycle(uint32_t *w, const GCCycle *c)
{
	int64_t end = os_hosttime((int64_t)c->end_ns);

	memcpy(w, &end, sizeof end);
	memcpy(w + 2, &c->pause_ns, sizeof c->pause_ns);
	w[4] = c->before;
	w[5] = c->after;
	w[6] = c->next;
	return w + CycleWords;
}

// On the host's thread, while the world runs: nothing is stopped, no lock is taken. The cycles after
// number since, oldest first, are exact: the older half of the ring, where the next ones are written,
// is not read.
EXPORT(rt_host_heap)
uint32_t
rt_host_heap(uint32_t *words, uint32_t max, uint32_t since)
{
	uint32_t ngc = load_acq(&rt_gcstats.ngc), *w = words + HeapWords;
	uint32_t n = since < ngc ? ngc - since : 0;

	if (max < HeapWords + CyclesTold * CycleWords)
		return 0;
	words[0] = ngc;
	words[1] = loadp_acq(&rt_heaplive);
	words[2] = (uint32_t)rt_mem_uncollected();
	words[3] = rt_gcstats.next;
	for (uint32_t i = ngc - (n < CyclesTold ? n : CyclesTold); i < ngc; i++)
		w = put_cycle(w, &rt_gcstats.cycles[i % NCycles]);
	return (uint32_t)(w - words);
}

// --- the heap profile ---

enum { HeapMagic = 0x50414548, HeapVersion = 1, HeaderWords = 4 }; // "HEAP"

// What a bucket takes: pcs and their number, then the counters, 64 bits each.
static size_t
words_of(const Bucket *b)
{
	return 1 + b->nstk + sizeof b->total / sizeof(uint32_t);
}

static size_t
words_locked(void)
{
	size_t n = HeaderWords;

	for (const Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		n += words_of(b);
	return n;
}

static uint32_t *
put_header(uint32_t *to)
{
	uint32_t n = 0;

	for (const Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		n++;
	*to++ = HeapMagic;
	*to++ = HeapVersion;
	*to++ = n;
	*to++ = (uint32_t)rt_memprof_rate();
	return to;
}

static uint32_t *
put_bucket(uint32_t *to, const Bucket *b)
{
	*to++ = b->nstk;
	memcpy(to, b->stk, b->nstk * sizeof *to);
	to += b->nstk;
	memcpy(to, &b->total, sizeof b->total);
	return to + sizeof b->total / sizeof *to;
}

static void
put_buckets(uint32_t *to)
{
	to = put_header(to);
	for (const Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		to = put_bucket(to, b);
}

// Room is made without the lock, which malloc may want, and may then be too little.
void *
rt_answer_heapprofile(size_t *bytes)
{
	for (size_t room = 0;;) {
		uint32_t *out;
		size_t n;

		rt_memprof_pause();
		out = rt_malloc_noscan(room * sizeof *out);
		rt_memprof_resume();
		if (!out)
			return NULL;
		rt_memprof_begin();
		n = words_locked();
		if (n <= room)
			put_buckets(out);
		rt_memprof_end();
		if (n <= room) {
			*bytes = n * sizeof *out;
			return out;
		}
		free(out);
		room = n + n / 8;
	}
}

// The same when the program has died: the words come in pieces; 0: there are no more. Only the host's thread is
// left, and no lock is taken.
EXPORT(rt_host_last_heap)
uint32_t
rt_host_last_heap(const uint32_t **piece)
{
	static uint32_t room[1 + MaxStackRecord + sizeof(Counts) / sizeof(uint32_t)];
	static const Bucket *next;
	static bool began;
	uint32_t *end = room;

	if (!began) {
		rt_memprof_died();
		next = rt_buckets(BucketHeap);
		end = put_header(room);
	} else if (next && next->nstk <= MaxStackRecord) {
		end = put_bucket(room, next);
		next = next->allnext;
	}
	began = end > room;
	*piece = room;
	return (uint32_t)(end - room);
}
