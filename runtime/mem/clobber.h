#ifndef RT_CLOBBER_H
#define RT_CLOBBER_H

// GODEBUG=clobberfree=1: collected memory that is free is full of a pattern, so whoever still reads
// it sees that at once; and it is looked over when it is handed out again, so whoever wrote to it
// is found out, later. Spans stay what they are then, and their blocks are filled from the
// beginning. Blocks above 32 KiB are filled, not looked over, for their pages go to others.

#include "../base/base.h"

// n is a multiple of 8, p a block or some of them.
void rt_clobber(uintptr_t p, size_t n);
// Is the free block at p as it was left? If not, *at is the first byte that is another.
bool rt_clobbered(uintptr_t p, size_t n, size_t *at);
// Prints what was found there instead.
void rt_clobber_tell(uintptr_t p, size_t n, size_t at);

#endif
