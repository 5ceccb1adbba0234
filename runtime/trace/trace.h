#ifndef RT_TRACE_H
#define RT_TRACE_H

// The flight recorder: what each M did last. Each M writes words into its own ring, without locks.
// Any thread may read a ring at any time (rt_trace_read). Each word holds the low bits of the lap
// in which it was written, so the reader recognises a word that is not written yet or has been
// overwritten.
//
//	context   time 42, in units of 16 ns | P 9 | kind 5 | lap 8
//	event     value 43 | arg 8 | kind 5 | lap 8
//
// A context holds for the events after it. Reading the clock costs as much as a switch, so a new
// context is written only:
//	- when sysmon has asked for one (every 5 ms)
//	- when the M got or lost a P, or runs out of work
//	- before a rare event
//	- at least every TraceBlock words, because older contexts are overwritten some day
// While somebody traces (rt_traceclock.exact), each event has its own context.

#include "../base/gmp.h"
#include "../base/os.h"
#include "../base/self.h"

static_assert(NWaitReason <= 256 >> LeaveBits, "a reason does not fit into an event");

enum {
	TraceLeast = 16, // words in a ring; a power of two
	TraceMost = 1 << 20,
	TraceBlock = 512,
};

typedef struct TraceClock TraceClock;
struct TraceClock {
	AtomicU32 exact; // number of clients that trace now
	int64_t base;    // os_nanotime at boot
};
extern TraceClock rt_traceclock;

// Gives a ring so many words, rounded up to a power of two. It stays off if words is 0, or without
// memory.
void rt_trace_initring(TraceRing *r, int32_t words);

// Words written, modulo 2^32.
uint32_t rt_trace_count(const TraceRing *r);
// Copies at most max words, from number *from on, to out. Returns how many. *from becomes the
// number of the first word copied; the words before it are lost.
uint32_t rt_trace_read(const TraceRing *r, uint32_t *from, uint64_t *out, uint32_t max);

// Is the recorder of mp on?
ALWAYS_INLINE bool
rt_tracing(M *mp)
{
	return loadp_relaxed(&mp->trace.at) != 0;
}

// Writes a context. Returns the next word.
AtomicU64 *rt_trace_context(M *mp);

// The next event of mp gets a new context. Other threads may call this too; if mp writes a context
// at the same time, the call may have no effect.
ALWAYS_INLINE void
rt_trace_due(M *mp)
{
	storep_relaxed(&mp->trace.due, 0);
}

// Writes an event, if the recorder is on; rest: all that is not the lap. The word counts as written
// before it is. The ring is part of its M, and the word is put together in advance, because every
// switch comes by.
ALWAYS_INLINE void
rt_trace_word(M *mp, uint64_t rest, const uint64_t *lap)
{
	AtomicU64 *at = (AtomicU64 *)loadp_relaxed(&mp->trace.at);

	if (!at)
		return;
	if (unlikely((uintptr_t)at >= loadp_relaxed(&mp->trace.due)))
		at = rt_trace_context(mp);
	storep_relaxed(&mp->trace.at, (uintptr_t)(at + 1));
	store64_relaxed(at, *lap | rest);
}

// Writes an event. arg and value fit.
ALWAYS_INLINE void
rt_trace_put(M *mp, enum TraceKind kind, uint32_t arg, uint64_t value)
{
	rt_trace_word(mp, (uint64_t)kind << TraceKindAt | (uint64_t)arg << TraceArg | value,
	              &mp->trace.lap);
}

// gp is about to run on mp. The event also says how the goroutine before it left.
ALWAYS_INLINE void
rt_trace_run(M *mp, G *gp)
{
	rt_trace_word(mp, mp->leave | gp->id, &mp->trace.run);
	mp->leave = LeftNot;
}

// mp looks for work elsewhere, or sleeps: records now how its goroutine left.
void rt_trace_idle(M *mp);

// The goroutine of mp leaves. The next event records this. While somebody traces it is recorded at
// once, so that its time is before the time at which the goroutine becomes runnable again.
ALWAYS_INLINE void
rt_trace_leave(M *mp, enum TraceLeave how, enum WaitReason reason)
{
	mp->leave = (uint64_t)(how | (uint32_t)reason << LeaveBits) << TraceArg;
	if (unlikely(load_relaxed(&rt_traceclock.exact)))
		rt_trace_idle(mp);
}

// mp makes gp runnable. Threads that are no M record nothing.
ALWAYS_INLINE void
rt_trace_ready(M *mp, G *gp)
{
	if (mp)
		rt_trace_put(mp, TraceReady, 0, gp->id);
}

// A new goroutine.
ALWAYS_INLINE void
rt_trace_go(M *mp, G *gp)
{
	uint64_t entry = (uintptr_t)gp->fn;

	if (mp)
		rt_trace_put(mp, TraceGo, 0,
		             (gp->id & ((UINT64_C(1) << (TraceEntry - 1)) - 1)) |
		                     (gp->id & ServiceIds) >> (42 - (TraceEntry - 1)) |
		                     (entry < TraceNoEntry ? entry : TraceNoEntry) << TraceEntry);
}

// An event of the calling M. rt_trace_now is for rare events: it records the exact time.
void rt_trace(enum TraceKind kind, uint32_t arg, uint64_t value);
void rt_trace_now(enum TraceKind kind, uint32_t arg, uint64_t value);
#endif
