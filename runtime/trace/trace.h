#ifndef RT_TRACE_H
#define RT_TRACE_H

// The flight recorder: what each M did last. An M writes words into a ring of its own: no lock,
// nothing shared. Anybody may read a ring at any time (rt_trace_read): each word has the low bits
// of the lap it was written in, so one that is not written yet, or overwritten meanwhile, is
// recognised.
//
//	context   time 42, in units of 16 ns | P 9 | kind 5 | lap 8
//	event     value 43 | arg 8 | kind 5 | lap 8
//
// A context holds for the events after it. Reading the clock costs as much as a switch, so there is
// a new one only where sysmon has asked for one (5 ms), where the M got or lost a P, or runs out of
// work, before what is seldom, and at least every TraceBlock words, for what was before is
// overwritten some day. While somebody traces (rt_traceclock.exact) each event has one.

#include "../base/gmp.h"
#include "../base/os.h"
#include "../base/self.h"

static_assert(NWaitReason <= 256 >> LeaveBits, "a reason does not fit into an event");

enum {
	TraceLeast = 16, // words in a ring; a power of two
	TraceMost = 1 << 20,
	TraceBlock = 512,
};

struct TraceRing {
	AtomicPtr at;                // the next word
	AtomicPtr due;               // what is to be a context is there, or before
	uint64_t lap, run;           // in their places: this lap; and that it is a TraceRun
	uint32_t mask, shift, every; // every: number of words after which one is due, less 1
	AtomicU32 before; // words before this lap, modulo 2^32; odd while a new one begins
	AtomicU64 words[];
};

typedef struct TraceClock TraceClock;
struct TraceClock {
	AtomicU32 exact; // so many trace now
	int64_t base;    // os_nanotime at boot
};
extern TraceClock rt_traceclock;

// For so many words, rounded up to a power of two. NULL: for none, or there is no memory.
TraceRing *rt_trace_newring(int32_t words);

// Words written, modulo 2^32.
uint32_t rt_trace_count(const TraceRing *r);
// Copies words from number *from, at most max of them, to out. *from becomes the number of the
// first that was copied: those before it are lost. Returns how many.
uint32_t rt_trace_read(const TraceRing *r, uint32_t *from, uint64_t *out, uint32_t max);

// Writes a context. Returns the next word.
AtomicU64 *rt_trace_context(M *mp, TraceRing *r);

// The next event of mp needs a new context: said by mp itself, or by others to whom it does not
// matter if it has just written one.
ALWAYS_INLINE void
rt_trace_due(M *mp)
{
	if (mp->trace)
		storep_relaxed(&mp->trace->due, 0);
}

// The word for the next event of mp, which has a ring; it is counted.
ALWAYS_INLINE AtomicU64 *
rt_trace_next(M *mp, TraceRing *r)
{
	AtomicU64 *at = (AtomicU64 *)loadp_relaxed(&r->at);

	if (unlikely((uintptr_t)at >= loadp_relaxed(&r->due)))
		at = rt_trace_context(mp, r);
	storep_relaxed(&r->at, (uintptr_t)(at + 1));
	return at;
}

// mp has a ring; arg and value fit.
ALWAYS_INLINE void
rt_trace_put(M *mp, enum TraceKind kind, uint32_t arg, uint64_t value)
{
	TraceRing *r = mp->trace;
	AtomicU64 *at = rt_trace_next(mp, r);

	store64_relaxed(at,
	                r->lap | (uint64_t)kind << TraceKindAt | (uint64_t)arg << TraceArg | value);
}

// gp is about to run on mp. Tells as well how the goroutine before it left.
ALWAYS_INLINE void
rt_trace_run(M *mp, G *gp)
{
	TraceRing *r = mp->trace;

	if (r) {
		AtomicU64 *at = rt_trace_next(mp, r);

		store64_relaxed(at, r->run | (uint64_t)mp->leave << TraceArg | gp->id);
	}
	mp->leave = LeftNot;
}

// mp looks for work elsewhere, or sleeps: how its goroutine left must wait no longer.
void rt_trace_idle(M *mp);

// The goroutine of mp leaves. Written with the next event, but while somebody traces at once: with
// its own time, which is before that of whoever makes it runnable again.
ALWAYS_INLINE void
rt_trace_leave(M *mp, enum TraceLeave how, enum WaitReason reason)
{
	mp->leave = (uint8_t)(how | (uint32_t)reason << LeaveBits);
	if (unlikely(load_relaxed(&rt_traceclock.exact)))
		rt_trace_idle(mp);
}

// Of a goroutine, by whoever runs here. Threads that are no M record nothing.
ALWAYS_INLINE void
rt_trace_ready(M *mp, G *gp)
{
	if (mp && mp->trace)
		rt_trace_put(mp, TraceReady, 0, gp->id);
}

// A new goroutine.
ALWAYS_INLINE void
rt_trace_go(M *mp, G *gp)
{
	uint64_t entry = (uintptr_t)gp->fn;

	if (mp && mp->trace)
		rt_trace_put(mp, TraceGo, 0,
		             (gp->id & ((UINT64_C(1) << (TraceEntry - 1)) - 1)) |
		                     (gp->id & ServiceIds) >> (42 - (TraceEntry - 1)) |
		                     (entry < TraceNoEntry ? entry : TraceNoEntry) << TraceEntry);
}

// An event of the M that calls. The second one is for what is seldom: with its exact time.
void rt_trace(enum TraceKind kind, uint32_t arg, uint64_t value);
void rt_trace_now(enum TraceKind kind, uint32_t arg, uint64_t value);
#endif
