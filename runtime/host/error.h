#ifndef RT_HOSTERROR_H
#define RT_HOSTERROR_H

#include "../base/base.h"
#include "../worldsema.h"

// In one block of malloc's. Throws without memory.
GoError *rt_host_error(const char *name, const char *message, const char *code);
GoError *rt_host_timeout(const char *func, int64_t ns);

#endif
