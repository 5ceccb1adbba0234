#include "stack.h"

#include "../base/lock.h"
#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/print.h"
#include "../base/throw.h"

// Free lists by power of two; small sizes are cut from slabs. Stacks are never given back to the
// system: linear memory cannot shrink.
//
// A parked goroutine uses the top of its stack and the room above it. Both should lie in one page,
// with the canary of the next stack, so that the goroutine costs one page instead of two. So a
// stack whose top would lie at the beginning of a page is moved up a little. Small stacks share
// pages anyway.

enum { Classes = 20, SlabBytes = 256 << 10, UsedBytes = 1024 };

typedef struct Free Free;
struct Free {
	Free *next;
};

static Lock lock = LOCK_INIT(RankStack);
static Free *freelist[Classes];
static char *slab, *slabend;
static size_t sysbytes, inuse;
NOROOT(sysbytes)
NOROOT(inuse)

static uint32_t
class_of(size_t n)
{
	uint32_t c = 0;

	while (((size_t)StackMin << c) < n)
		c++;
	return c;
}

static size_t
block_of(size_t size)
{
	return rt_stack_live(size) + os_ctx_room() + StackFrames;
}

// By how much a block of so many bytes at lo must move up.
static size_t
moved(uintptr_t lo, size_t bytes)
{
	size_t in = (lo + bytes) % StackPage;

	return bytes > StackPage && in < UsedBytes ? UsedBytes - in : 0;
}

static void *
grow_locked(size_t bytes)
{
	char *p;

	if (bytes + UsedBytes > SlabBytes) {
		p = os_alloc(bytes);
		if (p)
			sysbytes += bytes;
		return p;
	}
	if ((size_t)(slabend - slab) < bytes + UsedBytes) {
		slab = os_alloc(SlabBytes);
		if (!slab)
			return slabend = NULL;
		slabend = slab + SlabBytes;
		sysbytes += SlabBytes;
	}
	p = slab + moved((uintptr_t)slab, bytes);
	slab = p + bytes;
	return p;
}

uintptr_t
rt_stackalloc(size_t n, uint32_t *got)
{
	uint32_t c = class_of(n < StackMin ? StackMin : n);
	size_t size = (size_t)StackMin << c, bytes = block_of(size);
	void *p;

	rt_lock(&lock);
	p = freelist[c];
	if (p)
		freelist[c] = ((Free *)p)->next;
	else
		p = grow_locked(bytes);
	if (p)
		inuse += bytes;
	rt_unlock(&lock);
	if (!p) {
		rt_printf("runtime: out of memory: cannot allocate a goroutine stack of %U bytes "
		          "(%U in use by stacks)\n",
		          (uint64_t)size, (uint64_t)inuse);
		rt_throw("out of memory");
	}
	*got = (uint32_t)size;
	return (uintptr_t)p;
}

void
rt_stackfree(uintptr_t lo, uint32_t bytes)
{
	uint32_t c = class_of(bytes);
	Free *f = (Free *)lo;

	rt_lock(&lock);
	f->next = freelist[c];
	freelist[c] = f;
	inuse -= block_of(bytes);
	rt_unlock(&lock);
}

size_t
rt_stacksys(void)
{
	return sysbytes;
}

size_t
rt_stackinuse(void)
{
	return inuse;
}
