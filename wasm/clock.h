#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include "../runtime/base/base.h"

// Sets os_nanotime to one second: not to zero, because clocks of other threads may be a little
// behind. So the upper halves of times are small numbers, and none looks like a pointer to a block.
void os_clock_start(void);

#endif
