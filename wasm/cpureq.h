#ifndef OS_CPUREQ_H
#define OS_CPUREQ_H

// The host's CPU profile.

#include "../runtime/base/base.h"

// False: there is one already.
bool os_start_cpu(uint32_t hz);
// Ends it; all that it told: malloc'd words, *bytes long. NULL: no memory.
MAYSWITCH void *os_answer_cpustop(size_t *bytes);

#endif
