#include "clobber.h"

#include "../base/print.h"

static const uint32_t Pattern = 0xdeadbeef;

void
rt_clobber(uintptr_t p, size_t n)
{
	uint32_t *w = (uint32_t *)p;

	for (size_t i = 0; i < n / sizeof *w; i++)
		w[i] = Pattern;
}

bool
rt_clobbered(uintptr_t p, size_t n, size_t *at)
{
	const uint32_t *w = (const uint32_t *)p;
	size_t i = 0;

	while (i < n / sizeof *w && w[i] == Pattern)
		i++;
	*at = i * sizeof *w;
	return i == n / sizeof *w;
}

void
rt_clobber_tell(uintptr_t p, size_t n, size_t at)
{
	rt_printf(
		"runtime: the block of %U bytes at %p was written to after it was freed: %x at byte "
		"%U, not %x\n",
		(uint64_t)n, (void *)p, *(uint32_t *)(p + at), (uint64_t)at, Pattern);
}
