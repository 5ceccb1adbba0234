#ifndef RT_MSWEEP_H
#define RT_MSWEEP_H

// Sweeping one span: what is not marked becomes free. When, and which span, is decided by whoever
// needs blocks (mcentral.c) and by the collector.
//
// Generations. rt_sweepgen grows by 2 in every collection, after marking, while the world is
// stopped. For a collected span s:
//
//	s->gen == rt_sweepgen - 2	needs sweeping; anyone may claim it
//	s->gen == rt_sweepgen - 1	is being swept by whoever won the cas from -2 to -1
//	s->gen == rt_sweepgen		swept; may be allocated from
//
// Claim before looking at states. Only the claimer may move it to rt_sweepgen.

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

// Swept, or new, which is the same.
ALWAYS_INLINE void
rt_sweep_new(Span *s)
{
	store_rel(&s->gen, load_relaxed(&rt_sweepgen));
}

// Sweeps the states of a span of small blocks that the caller claimed; returns how many of its
// blocks became free. The caller then calls rt_sweep_new under the central's lock.
uint32_t rt_sweep_states(Span *s);

#endif
