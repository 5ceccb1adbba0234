#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include "../runtime/base/base.h"

// Now is the second 1 for os_nanotime: not zero, and other threads may be a little behind. So the
// upper halves of its times are small numbers, and none looks like a pointer to a block.
void os_clock_start(void);

#endif
