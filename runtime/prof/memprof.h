#ifndef RT_MEMPROF_H
#define RT_MEMPROF_H

// The heap profile. One block in about rt_memprof_rate() bytes is sampled: its stack's bucket
// counts it, and its state gets ObjSpecial, so that freeing tells; other blocks cost nothing.
//
// How many bytes to the next sample is drawn from an exponential distribution (a size class of an
// MCache is a stream of its own: mcache.c), so a block of n bytes is sampled with a chance of
// 1 - exp(-n / rate), whatever was allocated before. Dividing by that chance gives figures for all
// blocks that are right on average, for any mixture of sizes. The rate 1 samples every block.
//
// Allocating and freeing touch only the recent counters. Inside each collection, before worldsema
// is released, what it found unreachable is counted as freed (rt_memprof_marked; it is swept only
// later), and recent is added to total (rt_memprof_gc). So the figures are those of the instant of
// the last collection: what has had no chance yet to be found unreachable does not count as in use.
//
// The stack. malloc never suspends, so the frames of its goroutine cannot be unwound into memory:
// the engine is asked for its own (tens of microseconds, for sampled blocks only; see "pace").

#include "bucket.h"

// Negative: the default rate.
void rt_memprof_init(int32_t rate);
// In a collection, after marking; the lock of threads without a P is held.
void rt_memprof_marked(void);
// At the end of a collection.
void rt_memprof_gc(void);
// The program has died, and only the host's thread is left: makes the figures be those of now, what
// could be collected included. Takes no lock: a dead thread may hold it.
void rt_memprof_died(void);

// Takes the lock, and makes the figures be those of now if there were none yet, because no
// collection has been.
void rt_memprof_begin(void);
void rt_memprof_end(void);
// Does the profile show it? The lock is held.
bool rt_memprof_shows(const Bucket *b, bool inuse_zero);
int32_t rt_memprof_rate(void);

// This M's allocations are not profiled in between: the profiler's own.
void rt_memprof_pause(void);
void rt_memprof_resume(void);

#endif
