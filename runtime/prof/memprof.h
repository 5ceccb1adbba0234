#ifndef RT_MEMPROF_H
#define RT_MEMPROF_H

// The heap profile. About one block in every rt_memprof_rate() bytes is sampled. The bucket of its
// stack counts it, and its state gets ObjSpecial, so that its freeing is reported. Other blocks
// cost nothing.
//
// The number of bytes to the next sample is drawn from an exponential distribution. Each size class
// of an MCache is a stream of its own (mem/mcache.c). So a block of n bytes is sampled with a
// chance of 1 - exp(-n / rate), whatever was allocated before. Dividing by that chance gives
// figures for all blocks that are right on average, for any mixture of sizes. The rate 1 samples
// every block.
//
// Allocating and freeing change only the recent counters. Each collection, before it releases
// worldsema, counts the blocks that it found unreachable as freed, though they are swept only later
// (rt_memprof_marked). It then adds recent to total (rt_memprof_gc). So the figures are those of
// the last collection: a block that could not yet be found unreachable does not count as in use.
//
// The stack. malloc never suspends, so the frames of its goroutine cannot be unwound into memory.
// The engine gives its frames instead, in tens of microseconds, for sampled blocks only (see "pace"
// in memprof.c).

#include "bucket.h"

// Negative: the default rate.
void rt_memprof_init(int32_t rate);
// In a collection, after marking; the lock of threads without a P is held.
void rt_memprof_marked(void);
// At the end of a collection.
void rt_memprof_gc(void);
// The program has died, and only the host's thread is left. Brings the figures up to this moment;
// garbage since the last collection counts as in use. Takes no lock: a dead thread may hold it.
void rt_memprof_died(void);

// Takes the lock. If there was no collection yet, brings the figures up to this moment.
void rt_memprof_begin(void);
void rt_memprof_end(void);
// Does the profile show this bucket? The lock is held.
bool rt_memprof_shows(const Bucket *b, bool inuse_zero);
int32_t rt_memprof_rate(void);

// Between these two calls this M's allocations are not profiled: they are the profiler's own.
void rt_memprof_pause(void);
void rt_memprof_resume(void);

#endif
