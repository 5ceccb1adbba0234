#ifndef RT_MUTEX_H
#define RT_MUTEX_H

#include "../worldsema.h"

// The lower half of the id of the goroutine that locked it; 0: it is not locked. The world is stopped.
uint32_t rt_mutex_holder(const GoMutex *m);

#endif
