#ifndef OS_WAIT_H
#define OS_WAIT_H

#include <stdint.h>

#include "../runtime/base/names.h"

// Sleeps while *addr == val, at most ns nanoseconds (ns < 0: without limit).
void os_wait32(void *addr, uint32_t val, int64_t ns);

#endif
