#include "ask.h"

#include <stdlib.h>

#include "../mem/malloc.h"
#include "../prof/blockprof.h"
#include "../worldsema.h"

// The block and mutex profiles: a head, and then the records as the program gets them.

static Answer
records_of(bool profile(GoBlockProfileRecord *, size_t, size_t *), uint32_t rate)
{
	size_t n = 0;

	for (size_t max = 0;; max = n + n / 8) {
		size_t bytes = sizeof(BlockHead) + max * sizeof(GoBlockProfileRecord);
		BlockHead *head = rt_malloc_noscan(bytes);

		if (!head)
			return (Answer){NULL, 0};
		if (profile((GoBlockProfileRecord *)(head + 1), max, &n)) {
			*head = (BlockHead){BlockMagic, AbiVersion, (uint32_t)n, rate};
			return (Answer){head, bytes};
		}
		rt_free(head);
	}
}

Answer
rt_answer_blockprofile(uint32_t arg)
{
	(void)arg;
	return records_of(go_block_profile, (uint32_t)rt_blockprof_rate());
}

Answer
rt_answer_mutexprofile(uint32_t arg)
{
	(void)arg;
	return records_of(go_mutex_profile, (uint32_t)go_set_mutex_profile_fraction(-1));
}

Answer
rt_answer_blockrate(uint32_t ns)
{
	uint32_t old = (uint32_t)rt_blockprof_rate();

	go_set_block_profile_rate(ns);
	return rt_answer_word(old);
}

Answer
rt_answer_mutexfraction(uint32_t n)
{
	return rt_answer_word((uint32_t)go_set_mutex_profile_fraction((int)n));
}
