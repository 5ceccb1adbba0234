#ifndef RT_SCHEDTRACE_H
#define RT_SCHEDTRACE_H

#include "../base/base.h"

// GODEBUG=schedtrace=MS: one SCHED line every MS milliseconds; scheddetail=1 adds Ps, Ms and Gs.
void rt_schedtrace_tick(int64_t now);

#endif
