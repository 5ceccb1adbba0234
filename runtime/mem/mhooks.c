#include "malloc.h"

#include "../base/noroot.h"

// The upcalls, and the amounts of memory at which they are made. The link step does not know which
// function a pointer leads to, so it would make malloc suspendable. Therefore each call is in a
// function of its own, which wasm/nosuspend.txt declares as never suspended.

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
