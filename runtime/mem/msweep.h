#ifndef RT_MSWEEP_H
#define RT_MSWEEP_H

// Sweeping one span: blocks that are not marked become free. Spans are swept by allocations that
// need blocks (mcentral.c) and by the collector (gc/sweep.c).
//
// Generations. rt_sweepgen grows by 2 in every collection, after marking, while the world is
// stopped. For a collected span s:
//
//	s->gen == rt_sweepgen - 2	needs sweeping; anyone may claim it
//	s->gen == rt_sweepgen - 1	is being swept by whoever moved it from -2 to -1
//	s->gen == rt_sweepgen		swept; may be allocated from
//
// Claim a span before you look at its states. Only the claimer may set its gen to rt_sweepgen.

#include "malloc.h"

extern AtomicU32 rt_sweepgen;

ALWAYS_INLINE bool
rt_swept(const Span *s)
{
	return load_acq(&s->gen) == load_relaxed(&rt_sweepgen);
}

ALWAYS_INLINE bool
rt_sweep_claim(Span *s)
{
	uint32_t gen = load_relaxed(&rt_sweepgen);

	return load_relaxed(&s->gen) == gen - 2 && cas_acqrel(&s->gen, gen - 2, gen - 1);
}

// s is swept now, or new.
ALWAYS_INLINE void
rt_sweep_new(Span *s)
{
	store_rel(&s->gen, load_relaxed(&rt_sweepgen));
}

// Sweeps the states of a span of small blocks that the caller claimed; returns how many of its
// blocks became free. The caller then calls rt_sweep_new under the central's lock.
uint32_t rt_sweep_states(Span *s);

#endif
