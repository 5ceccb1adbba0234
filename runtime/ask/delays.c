#include "delays.h"

#include <stdlib.h>

#include "../mem/malloc.h"
#include "../prof/blockprof.h"
#include "../worldsema.h"

// A header, and then the records as they are.

enum { BlockMagic = 0x4b434c42, BlockVersion = 1 }; // "BLCK"

typedef struct Answer Answer;
struct Answer {
	uint32_t magic, version, n;
	uint32_t rate; // or fraction
	GoBlockProfileRecord records[];
};

#ifdef __wasm__
static_assert(sizeof(GoBlockProfileRecord) == 36 * sizeof(uint32_t), "the host reads it");
#endif

static void *
answer(bool profile(GoBlockProfileRecord *, size_t, size_t *), uint32_t rate, size_t *bytes)
{
	Answer *a;
	size_t n;

	for (size_t max = 0;; max = n + n / 8) {
		*bytes = sizeof *a + max * sizeof *a->records;
		a = rt_malloc_noscan(*bytes);
		if (!a)
			return NULL;
		if (profile(a->records, max, &n))
			break;
		free(a);
	}
	a->magic = BlockMagic;
	a->version = BlockVersion;
	a->n = (uint32_t)n;
	a->rate = rate;
	return a;
}

void *
rt_answer_blockprofile(size_t *bytes)
{
	return answer(go_block_profile, (uint32_t)rt_blockprof_rate(), bytes);
}

void *
rt_answer_mutexprofile(size_t *bytes)
{
	return answer(go_mutex_profile, (uint32_t)go_set_mutex_profile_fraction(-1), bytes);
}

uint32_t
rt_answer_blockrate(uint32_t ns)
{
	uint32_t old = (uint32_t)rt_blockprof_rate();

	go_set_block_profile_rate(ns);
	return old;
}

uint32_t
rt_answer_mutexfraction(uint32_t n)
{
	return (uint32_t)go_set_mutex_profile_fraction((int)n);
}
