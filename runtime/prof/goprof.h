#ifndef RT_GOPROF_H
#define RT_GOPROF_H

#include "../base/base.h"
#include "../worldsema.h"

// Keeps the frames of a goroutine that enters a host call (on_syscall).
void rt_keepframes(G *gp);
// Keeps the frames of the goroutine that made mp (on_newm).
void rt_keepcreator(M *mp);
// Keeps the frames of the goroutine that mp holds in place (on_inplace).
void rt_keepinplace(M *mp, uint32_t poll);

// Turns the engine's n pairs (function, offset) at w into pcs of gp. The pcs replace the pairs; w
// has room for max words. Leaves out the scheduler's frames at the bottom, frames without a
// location, and the runtime's frames on top: all of these, or only those up to the function named
// above. Returns the number of pcs. If it is more than max, there was no room.
size_t rt_program_frames(const G *gp, uint32_t *w, size_t n, size_t max, const char *above);
// The frames of the running goroutine, as the engine gives them, in tens of microseconds: at most
// MaxStackRecord pcs. If all of them are the runtime's, those outside of the function named above.
enum { OwnPairs = MaxStackRecord + 16 }; // 16 for the runtime's frames on top
uint32_t rt_own_frames(uint32_t *pairs, const char *above);

#endif
