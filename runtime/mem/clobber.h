#ifndef RT_CLOBBER_H
#define RT_CLOBBER_H

// GODEBUG=clobberfree=1: collected memory that is free is full of a pattern, so whoever still reads it
// sees that at once; and it is looked over when it is handed out again, so whoever wrote to it is found
// out, later. Spans stay what they are then, and their blocks are filled from the beginning. Blocks
// above 32 KiB are filled, not looked over, for their pages go to others.

#include "malloc.h"

// n is a multiple of 8, p a block or some of them.
void rt_clobber(uintptr_t p, size_t n);
// The block at p is about to be handed out, by c. Throws if it is not as it was left.
void rt_unclobber(MCache *c, uintptr_t p, size_t n);

#endif
