#include "ask.h"

#include <stdlib.h>

#include "../mem/malloc.h"
#include "../prof/blockprof.h"
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
