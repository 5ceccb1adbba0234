#ifndef RT_BLOCKPROF_H
#define RT_BLOCKPROF_H

// The block and mutex profiles, after Go's. While one of them is on, a park notes the time
// (G.blocked), and a ready counts how long the goroutine waited. At that moment the waiter's frames
// lie in memory. An unlocker runs, so only the engine knows its frames.

#include "../base/base.h"
#include "../worldsema.h"
#include "bucket.h"

void rt_blockprof_init(void);
int64_t rt_blockprof_rate(void);
// What a bucket of either profile has counted.
GoBlockProfileRecord rt_blockprof_record(const Bucket *b);

#endif
