#include "clobber.h"

#include "../base/print.h"
#include "../base/throw.h"

static const uint32_t Pattern = 0xdeadbeef;

void
rt_clobber(uintptr_t p, size_t n)
{
	uint32_t *w = (uint32_t *)p;

	for (size_t i = 0; i < n / sizeof *w; i++)
		w[i] = Pattern;
}

void
rt_unclobber(MCache *c, uintptr_t p, size_t n)
{
	const uint32_t *w = (const uint32_t *)p;
	size_t i = 0;

	while (i < n / sizeof *w && w[i] == Pattern)
		i++;
	if (i == n / sizeof *w) {
		rt_mem_reused((void *)p, false);
		return;
	}
	if (c == rt_mem_shared())
		rt_mem_unlock();
	rt_printf(
		"runtime: the block of %U bytes at %p was written to after it was freed: %x at byte "
		"%U, not %x\n",
		(uint64_t)n, (void *)p, w[i], (uint64_t)(i * sizeof *w), Pattern);
	rt_mem_reused((void *)p, true);
	rt_throw("gc: write to a free block");
}
