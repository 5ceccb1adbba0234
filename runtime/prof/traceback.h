#ifndef RT_TRACEBACK_H
#define RT_TRACEBACK_H

// Frames as pcs. One decoder serves dumps, profiles and (later) the collector: a goroutine that
// does not run is [pc][locals] in memory, innermost frame first.

#include "../base/base.h"
#include "symtab.h"

// pcs of a goroutine that is saved (parked, or unwound by a stop) or waits in place, after skip
// frames, innermost first; returns how many there are, which may be more than max. One that never
// ran has one frame: its entry, as PC_ENTRY.
size_t rt_gentraceback(G *gp, uint32_t skip, uint32_t *pcs, size_t max);

// Of a goroutine that runs the engine knows the frames on its thread only; others wait in memory
// (wasm/ctx.c). Puts these among the engine's n, which are pcs already, innermost first: in front
// of the loop that goes on with them. That is left out if program, and so is the scheduler below.
// Returns how many there are then; only max are stored.
size_t rt_with_rest(const G *gp, uint32_t *pcs, size_t n, size_t max, bool program);

// The caller's own pcs: leaves, is read, and goes on at once. skip 0: the function that called
// rt_callers comes first. MAYSWITCH in form, though no other goroutine runs in between.
MAYSWITCH size_t rt_callers(uint32_t skip, uint32_t *pcs, size_t max);

// Is a frame of this kind shown at this GOTRACEBACK level?
bool rt_showframe(const Loc *loc, int level);

// Prints the frames at pc, inlined ones too, as Go does. Returns how many lines of functions.
int rt_printframes(uint32_t pc, int level);

#endif
