#ifndef RT_GOPROF_H
#define RT_GOPROF_H

#include "../base/base.h"
#include "../worldsema.h"

// Keeps the frames of a goroutine that enters a host call (on_syscall).
void rt_keepframes(G *gp);
// Keeps the frames of who made mp (on_newm).
void rt_keepcreator(M *mp);
void rt_keepinplace(M *mp);

// From the engine's n pairs (function, offset) to pcs of gp, in the same place, which has room for
// max: without the scheduler's frames below, those without a location, and the runtime's on top:
// all of them, or as far as the function above. Returns how many there are; more than max: there
// was no room.
size_t rt_program_frames(const G *gp, uint32_t *w, size_t n, size_t max, const char *above);
// The caller's own, wherever it stands, as the engine tells them (in tens of microseconds): at most
// MaxStackRecord pcs. If all are the runtime's: those outside of above.
enum { OwnPairs = MaxStackRecord + 16 }; // and our own on top
uint32_t rt_own_frames(uint32_t *pairs, const char *above);

#endif
