#include "msweep.h"

#include <string.h>

#include "../base/debug.h"
#include "clobber.h"

AtomicU32 rt_sweepgen = 2;

enum { Eight = 8 };

static const uint64_t ones = UINT64_C(0x0101010101010101);

// Reports the special blocks among the dead ones of eight.
static void
tell(Span *s, uint32_t first)
{
	for (uint32_t i = first; i < first + Eight; i++)
		if ((s->state[i] & (ObjMark | ObjSpecial)) == ObjSpecial)
			rt_mem_special(s, (void *)(s->base + i * s->size));
}

static NOINLINE void
clobber(Span *s, uint32_t first)
{
	for (uint32_t i = first; i < first + Eight; i++)
		if ((s->state[i] & (ObjAlloc | ObjMark)) == ObjAlloc)
			rt_clobber(s->base + i * s->size, s->size);
}

// Takes eight blocks at a time. Marked blocks become allocated, and stay special. The others become
// free.
uint32_t
rt_sweep_states(Span *s)
{
	uint32_t live = 0, was = 0;

	for (uint32_t i = 0; i < s->nelems; i += Eight) {
		uint64_t v, marked, alloc;

		memcpy(&v, s->state + i, sizeof v);
		alloc = v & ones;
		if (!alloc)
			continue;
		marked = v >> 1 & ones;
		was += (uint32_t)__builtin_popcountll(alloc);
		live += (uint32_t)__builtin_popcountll(marked);
		if (v >> 2 & ones & ~marked)
			tell(s, i);
		if (unlikely(rt_debug.clobberfree))
			clobber(s, i);
		v = marked | (v & (marked * ObjSpecial)) | (v & ones * ObjPad);
		memcpy(s->state + i, &v, sizeof v);
	}
	if (was != live)
		s->needzero = 1;
	s->nfree = s->nelems - live;
	return was - live;
}
