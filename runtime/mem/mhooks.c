#include "malloc.h"

#include "../base/noroot.h"

// The upcalls, and the marks at which they are made. Each in a function of its own that is never
// suspended (wasm/nosuspend.txt): else malloc would be, since the link step does not know what is
// behind a pointer.

MemHooks rt_mem_hooks;

AtomicPtr rt_heaplive, rt_gctrigger = UINTPTR_MAX, rt_gcbrake = UINTPTR_MAX, rt_profsys;
NOROOT(rt_heaplive)
NOROOT(rt_gctrigger)
NOROOT(rt_gcbrake)
NOROOT(rt_profsys)

NOINLINE void
rt_mem_trigger(void)
{
	if (rt_mem_hooks.on_trigger)
		rt_mem_hooks.on_trigger();
}

NOINLINE void
rt_mem_brake(void)
{
	if (rt_mem_hooks.on_brake)
		rt_mem_hooks.on_brake();
}

NOINLINE void
rt_mem_full(void)
{
	if (rt_mem_hooks.on_full)
		rt_mem_hooks.on_full();
}

NOINLINE bool
rt_mem_sample(void *p, size_t n)
{
	return rt_mem_hooks.on_sample && rt_mem_hooks.on_sample(p, n);
}

NOINLINE uint64_t
rt_mem_nextsample(void)
{
	return rt_mem_hooks.next_sample ? rt_mem_hooks.next_sample() : UINT64_MAX;
}

NOINLINE void
rt_mem_special(Span *s, void *p)
{
	if (rt_mem_hooks.on_special)
		rt_mem_hooks.on_special(s, p);
}

NOINLINE void
rt_mem_reused(void *p, bool written)
{
	if (rt_mem_hooks.on_reused)
		rt_mem_hooks.on_reused(p, written);
}

NOINLINE void
rt_mem_marked(void)
{
	if (rt_mem_hooks.on_marked)
		rt_mem_hooks.on_marked();
}
