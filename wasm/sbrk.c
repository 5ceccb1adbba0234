#include <emscripten/heap.h>
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "../runtime/base/noroot.h"
#include "../runtime/base/os.h"
#include "sbrk.h"

// Linear memory, which only grows, at its end. All memory comes from here in multiples of 8 KiB:
// the allocator's pages, stacks, buffers of workers, and slabs for the runtime's records.
// Emscripten's own sbrk is part of its malloc, which is not linked.

enum { PageBytes = 8 << 10, SlabBytes = 64 << 10 };

extern char __heap_base;

static AtomicPtr end; // 0: nothing was taken yet

static AtomicU32 slablock; // spins: it is held for a moment only
static char *slab, *slabend;
NOROOT(end)
NOROOT(slab)
NOROOT(slabend)

// n more bytes, all zero; NULL: there are none. No other caller gets them.
static void *
take(uintptr_t n, uintptr_t align)
{
	uintptr_t old, at;

	do {
		old = loadp_acq(&end);
		at = round_up(old ? old : (uintptr_t)&__heap_base, align);
		if (at + n < at || at < old)
			return NULL;
		if (at + n > emscripten_get_heap_size() && !emscripten_resize_heap(at + n))
			return NULL;
	} while (!casp_acqrel(&end, old, at + n));
	return (void *)at;
}

void *
os_pages(size_t n)
{
	return n > UINTPTR_MAX - PageBytes ? NULL : take(round_up(n, PageBytes), PageBytes);
}

uint64_t
os_memory(void)
{
	uintptr_t at = loadp_acq(&end);

	return at ? at : (uintptr_t)&__heap_base;
}

// Only the thread that made the memory knows how far it can grow.
static uint64_t maximum;
NOROOT(maximum)

void
os_memory_start(void)
{
	maximum = emscripten_get_heap_max();
}

uint64_t
os_maxmemory(void)
{
	return maximum ? maximum : emscripten_get_heap_max();
}

static void *
small(size_t n)
{
	char *p;

	while (!cas_acqrel(&slablock, 0, 1))
		os_pause(30);
	if ((size_t)(slabend - slab) < n) {
		slab = os_pages(SlabBytes);
		slabend = slab ? slab + SlabBytes : NULL;
	}
	p = slab;
	if (p)
		slab += n;
	store_rel(&slablock, 0);
	return p;
}

void *
os_alloc(size_t n)
{
	if (n > UINTPTR_MAX - PageBytes)
		return NULL;
	n = round_up(n, CacheLine);
	return n < SlabBytes / 4 ? small(n) : os_pages(n);
}

// For programs that call it themselves. Memory cannot be given back.
void *
sbrk(intptr_t n)
{
	void *p = n < 0 ? NULL : take((uintptr_t)n, 16);

	if (p)
		return p;
	errno = ENOMEM;
	return (void *)-1;
}

int
brk(void *p)
{
	(void)p;
	errno = ENOMEM;
	return -1;
}

uintptr_t *
emscripten_get_sbrk_ptr(void)
{
	casp_acqrel(&end, 0, (uintptr_t)&__heap_base);
	return (uintptr_t *)&end;
}
