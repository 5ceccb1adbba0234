#ifndef OS_BLOCKING_H
#define OS_BLOCKING_H

#include <stdbool.h>

// Does a thread sleep in emscripten_futex_wait, or is it about to?
bool os_blocked(void);

#endif
