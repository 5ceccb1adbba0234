#ifndef RT_MUTEX_H
#define RT_MUTEX_H

#include "../base/base.h"
#include "../worldsema.h"

// Is m locked? *low: the lower half of the id of the goroutine that locked it. The world is
// stopped.
bool rt_mutex_holder(const GoMutex *m, uint32_t *low);

#endif
