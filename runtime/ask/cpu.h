#ifndef RT_ASK_CPU_H
#define RT_ASK_CPU_H

// The host's CPU profile.

#include "../base/base.h"

// False: there is one already.
bool rt_answer_cpustart(uint32_t hz);
// Ends it; all that it told: malloc'd words, *bytes long. NULL: no memory.
MAYSWITCH void *rt_answer_cpustop(size_t *bytes);

#endif
