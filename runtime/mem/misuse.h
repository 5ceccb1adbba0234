#ifndef RT_MISUSE_H
#define RT_MISUSE_H

// Two ways to die: the program misused a pointer, or there is no memory.

#include "malloc.h"

// The function named who (free, realloc, ...) was called with p, which is no block of malloc's. No
// lock held.
NORETURN void rt_misuse(const char *who, const void *p);
// n bytes of collected memory are not to be had. No lock held.
NORETURN void rt_nomemory(size_t n);
// The heap's state, a few lines; takes no lock.
void rt_mem_print(void);

#endif
