#ifndef RT_HOSTERROR_H
#define RT_HOSTERROR_H

#include "../base/base.h"
#include "../worldsema.h"

// An error in one malloc block. Throws when memory is out.
GoError *rt_host_error(const char *name, const char *message, const char *code);
GoError *rt_host_timeout(const char *func, int64_t ns);

#endif
