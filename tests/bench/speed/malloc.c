// malloc and free, against those that come with Emscripten.

#include "speed.h"

enum { Pairs = 200000, Live = 256 };

NOINLINE static void
use(void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

static uint32_t
pairs(size_t bytes)
{
	for (int i = 0; i < Pairs; i++) {
		void *p = malloc(bytes);

		use(p);
		free(p);
	}
	return Pairs;
}

static uint32_t
pairs16(void)
{
	return pairs(16);
}

static uint32_t
pairs64(void)
{
	return pairs(64);
}

static uint32_t
pairs1024(void)
{
	return pairs(1024);
}

// Blocks of many sizes, each freed after 256 others.
static void
mix_once(void)
{
	void *live[Live] = {0};
	uint32_t seed = 1;

	for (int i = 0; i < Pairs; i++) {
		uint32_t x = next_random(&seed), at = x % Live;

		free(live[at]);
		live[at] = malloc(8 + x / Live % 500);
	}
	for (int i = 0; i < Live; i++)
		free(live[i]);
}

static uint32_t
mix(void)
{
	mix_once();
	return Pairs;
}

static uint32_t
mix_twice(void)
{
	at_once(mix_once);
	return 2 * Pairs;
}

const Kernel kernels[] = {
	{"16 bytes", pairs16},
	{"64 bytes", pairs64},
	{"1,024 bytes", pairs1024},
	{"many sizes", mix},
	{"the same, two at once", mix_twice},
	{NULL, NULL},
};
