#include "ask.h"

#include <stdlib.h>

#include "../mem/malloc.h"
#include "../prof/blockprof.h"
#include "../prof/bucket.h"
#include "../worldsema.h"

// The block and mutex profiles: a head, then the records as go_block_profile gives them.

static void
answer(Request *r, bool profile(GoBlockProfileRecord *, size_t, size_t *), uint32_t rate)
{
	size_t n = 0;

	for (size_t max = 0;; max = n + n / 8) {
		size_t bytes = sizeof(BlockHead) + max * sizeof(GoBlockProfileRecord);
		BlockHead *head = rt_malloc_noscan(bytes);

		if (!head)
			return;
		if (profile((GoBlockProfileRecord *)(head + 1), max, &n)) {
			*head = (BlockHead){BlockMagic, AbiVersion, (uint32_t)n, rate};
			rt_answer(r, head, bytes);
			return;
		}
		rt_free(head);
	}
}

void
rt_answer_blockprofile(Request *r)
{
	answer(r, go_block_profile, (uint32_t)rt_blockprof_rate());
}

void
rt_answer_mutexprofile(Request *r)
{
	answer(r, go_mutex_profile, (uint32_t)go_set_mutex_profile_fraction(-1));
}

// The same when the program has died, piece by piece: see rt_host_last_heap. Begins with the head,
// then come the records.
EXPORT(rt_host_last_delays)
uint32_t
rt_host_last_delays(bool mutex, const void **piece)
{
	static union {
		BlockHead head;
		GoBlockProfileRecord record;
	} u;
	static const Bucket *next;
	static bool began;
	size_t bytes = 0;

	*piece = &u;
	if (!began) {
		int64_t rate = mutex ? go_set_mutex_profile_fraction(-1) : rt_blockprof_rate();
		uint32_t n = 0;

		next = rt_buckets(mutex ? BucketMutex : BucketBlock);
		for (const Bucket *b = next; b; b = b->allnext)
			n++;
		u.head = (BlockHead){BlockMagic, AbiVersion, n, (uint32_t)rate};
		bytes = sizeof u.head;
	} else if (next) {
		u.record = rt_blockprof_record(next);
		next = next->allnext;
		bytes = sizeof u.record;
	}
	began = bytes > 0;
	return (uint32_t)(bytes / sizeof(uint32_t));
}

void
rt_answer_blockrate(Request *r)
{
	uint32_t old = (uint32_t)rt_blockprof_rate();

	go_set_block_profile_rate(r->arg);
	rt_answer_word(r, old);
}

void
rt_answer_mutexfraction(Request *r)
{
	rt_answer_word(r, (uint32_t)go_set_mutex_profile_fraction((int)r->arg));
}
