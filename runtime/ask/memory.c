#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include "../base/os.h"
#include "../gc/gc.h"
#include "../mem/malloc.h"
#include "../mem/mstats.h"
#include "../prof/memprof.h"
#include "../worldsema.h"

// Memory: statistics, the heap at a glance, the heap profile.

// The record of go_read_mem_stats, with its time by the host's clock.
MAYSWITCH void
rt_answer_memstats(Request *r)
{
	GoMemStats *s = rt_malloc_noscan(sizeof *s);

	if (s) {
		go_read_mem_stats(s);
		if (s->last_gc)
			s->last_gc = (uint64_t)os_hosttime((int64_t)s->last_gc);
	}
	rt_answer(r, s, sizeof *s);
}

MAYSWITCH void
rt_answer_gc(Request *r)
{
	go_gc();
	rt_answer_word(r, 0);
}

// --- the heap at a glance ---

static_assert(CollectionsTold <= NCycles / 2,
              "the other half of the ring may be written meanwhile");

// Runs on the host's thread while the world runs. Nothing is stopped, and no lock is taken. Gives
// the cycles after number since, oldest first. They are exact: the next cycles are written into the
// older half of the ring, which is not read. Returns how many bytes were written.
EXPORT(rt_host_heap)
uint32_t
rt_host_heap(HeapGlance *head, uint32_t room, uint32_t since)
{
	uint32_t ngc = load_acq(&rt_gcstats.ngc), n = since < ngc ? ngc - since : 0;
	Collection *w = (Collection *)(head + 1);

	if (room < sizeof *head + CollectionsTold * sizeof *w)
		return 0;
	*head = (HeapGlance){
		.ngc = ngc,
		.collected = (uint32_t)loadp_acq(&rt_heaplive),
		.uncollected = (uint32_t)rt_mem_uncollected(),
		.next = (uint32_t)rt_gcstats.next,
	};
	for (uint32_t i = ngc - (n < CollectionsTold ? n : CollectionsTold); i < ngc; i++) {
		const GCCycle *c = &rt_gcstats.cycles[i % NCycles];

		*w++ = (Collection){
			.end_ns = split64((uint64_t)os_hosttime((int64_t)c->end_ns)),
			.pause_ns = split64(c->pause_ns),
			.before = (uint32_t)c->before,
			.after = (uint32_t)c->after,
			.next = (uint32_t)c->next,
		};
	}
	return (uint32_t)((char *)w - (char *)head);
}

// --- the heap profile ---

static_assert(sizeof(Counts) == 2 * sizeof(HeapCounts),
              "HeapRecord has a bucket's counters as they are");

static size_t
bytes_of(const Bucket *b)
{
	return sizeof(HeapRecord) + b->nstk * sizeof(uint32_t);
}

static size_t
bytes_locked(void)
{
	size_t n = sizeof(HeapHead);

	for (const Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		n += bytes_of(b);
	return n;
}

static HeapRecord *
put_head(HeapHead *head)
{
	*head = (HeapHead){
		.magic = HeapMagic,
		.version = AbiVersion,
		.rate = (uint32_t)rt_memprof_rate(),
	};
	for (const Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		head->n++;
	return (HeapRecord *)(head + 1);
}

static HeapRecord *
put_bucket(HeapRecord *to, const Bucket *b)
{
	memcpy(&to->sampled, &b->total, sizeof b->total);
	to->npcs = b->nstk;
	memcpy(to->pcs, b->stk, b->nstk * sizeof *to->pcs);
	return (HeapRecord *)(to->pcs + b->nstk);
}

static void
put_buckets(HeapHead *head)
{
	HeapRecord *to = put_head(head);

	for (const Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext)
		to = put_bucket(to, b);
}

// Room is made without the lock, because malloc may need it. So the room may then be too little.
void
rt_answer_heapprofile(Request *r)
{
	for (size_t room = 0;;) {
		void *out;
		size_t n;

		rt_memprof_pause();
		out = rt_malloc_noscan(room);
		rt_memprof_resume();
		if (!out)
			return;
		rt_memprof_begin();
		n = bytes_locked();
		if (n <= room)
			put_buckets(out);
		rt_memprof_end();
		if (n <= room) {
			rt_answer(r, out, n);
			return;
		}
		rt_free(out);
		room = n + n / 8;
	}
}

// The same when the program has died. Each call gives the next piece; 0: there are no more. Only
// the host's thread is left, and no lock is taken.
EXPORT(rt_host_last_heap)
uint32_t
rt_host_last_heap(const void **piece)
{
	static union {
		HeapHead head;
		HeapRecord record;
		char room[sizeof(HeapRecord) + MaxStackRecord * sizeof(uint32_t)];
	} u;
	static const Bucket *next;
	static bool began;
	void *end = &u;

	if (!began) {
		rt_memprof_died();
		next = rt_buckets(BucketHeap);
		end = put_head(&u.head);
	} else if (next && next->nstk <= MaxStackRecord) {
		end = put_bucket(&u.record, next);
		next = next->allnext;
	}
	began = end > (void *)&u; // after the last piece the next call begins anew
	*piece = &u;
	return (uint32_t)(((char *)end - (char *)&u) / sizeof(uint32_t));
}
