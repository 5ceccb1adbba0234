#ifndef RT_BLOCKPROF_H
#define RT_BLOCKPROF_H

// The block and mutex profiles, after Go's. While one of them is on a park notes the time
// (G.blocked), and ready counts how long it was. Then the frames of who waited lie in memory; an
// unlocker runs, so its own are the engine's.

#include "../base/base.h"

void rt_blockprof_init(void);
int64_t rt_blockprof_rate(void);

#endif
