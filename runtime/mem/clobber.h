#ifndef RT_CLOBBER_H
#define RT_CLOBBER_H

// GODEBUG=clobberfree=1: free collected memory is filled with a pattern. Code that still reads it
// sees that at once. A block is checked when it is handed out again, so a write to a free block is
// found too, but later. In this mode a new span is filled at once, and a small span that is wholly
// free keeps its pages. Blocks above 32 KiB are filled but not checked: their pages go to other
// spans.

#include "../base/base.h"

// Fills one or more blocks at p. n is a multiple of 8.
void rt_clobber(uintptr_t p, size_t n);
// Does the free block at p still hold the pattern? If not, *at is the place of the first word that
// does not.
bool rt_clobbered(uintptr_t p, size_t n, size_t *at);
// Prints the word at byte at of the block, and the pattern that should be there.
void rt_clobber_tell(uintptr_t p, size_t n, size_t at);

#endif
