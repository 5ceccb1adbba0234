#include "misuse.h"

#include "../base/print.h"
#include "../base/throw.h"
#include "mstats.h"

void
rt_misuse(const char *who, const void *p)
{
	Span *s = rt_spanof((uintptr_t)p);
	uint32_t i = s ? rt_blockof(s, (uintptr_t)p) : 0;
	uintptr_t block = s ? s->base + i * s->size : 0;

	if (!s || i >= s->nelems) {
		rt_printf("runtime: %s(%p): no block of malloc's is there\n", who, p);
		rt_throw("malloc: free of a foreign pointer");
	}
	if (s->kind == SpanCollected) {
		rt_printf("runtime: %s(%p): in a block of %U bytes at %p that go_alloc made\n", who,
		          p, (uint64_t)s->size, (void *)block);
		rt_throw("malloc: free of collected memory");
	}
	if (!(s->state[i] & ObjAlloc)) {
		rt_printf("runtime: %s(%p): the block of %U bytes at %p is free already\n", who, p,
		          (uint64_t)s->size, (void *)block);
		rt_throw("malloc: double free");
	}
	rt_printf("runtime: %s(%p): %U bytes inside a block of %U bytes at %p\n", who, p,
	          (uint64_t)((uintptr_t)p - block), (uint64_t)s->size, (void *)block);
	rt_throw("malloc: free of a pointer into a block");
}

void
rt_nomemory(size_t n)
{
	rt_printf("runtime: out of memory: cannot allocate %U bytes\n", (uint64_t)n);
	rt_mem_print();
	rt_throw("out of memory");
}

void
rt_mem_print(void)
{
	MemTotals t;

	rt_mem_totals(&t);
	rt_printf("heap: %U bytes of the system, %U free in runs of pages (longest %U), "
	          "%U for the allocator's records\n",
	          t.sys, t.idle, t.longest, t.meta);
	rt_printf("heap: malloc: %U bytes in %U blocks; collected: %U bytes in %U blocks\n",
	          t.bytes[0], t.nmalloc[0] - t.nfree[0], t.bytes[1], t.nmalloc[1] - t.nfree[1]);
}
