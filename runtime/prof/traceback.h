#ifndef RT_TRACEBACK_H
#define RT_TRACEBACK_H

// Frames as pcs. One decoder serves dumps and profiles. The frames of a goroutine that does not run
// are [pc][locals] in memory, innermost frame first.

#include "../base/base.h"
#include "symtab.h"

// The pcs of a goroutine that is saved (parked, or unwound by a stop) or waits in place, innermost
// first, without the first skip ones. Returns how many there are, which may be more than max. A
// goroutine that never ran has one frame: its entry, as PC_ENTRY.
size_t rt_gentraceback(G *gp, uint32_t skip, uint32_t *pcs, size_t max);

// The engine knows only those frames of a running goroutine that are on its thread. Its other
// frames wait in memory (wasm/ctx.c). Inserts these among the engine's n pcs, innermost first, in
// front of the loop that resumes them. program: leaves out that loop, and the scheduler below it.
// Returns how many pcs there are then; only max are stored.
size_t rt_with_rest(const G *gp, uint32_t *pcs, size_t n, size_t max, bool program);

// Engines do not give all frames. JavaScriptCore gives no lines, and Firefox leaves out functions
// that it has inlined into others. Adds what is known besides to the n pcs of a goroutine in place:
// the poll where it stops, and the function with which it began. There must be room for
// CompleteRoom more. Returns how many pcs there are then. partial: some frames may be missing, or
// lines are.
enum { CompleteRoom = 2 };
size_t rt_complete(const G *gp, uint32_t poll, uint32_t *pcs, size_t n, bool *partial);
// Are two pcs in the same function of the module? Others may be inlined there.
bool rt_same_function(uint32_t a, uint32_t b);
// Has any of these frames no line?
bool rt_lines_unknown(const uint32_t *pcs, size_t n);

// The caller's own pcs. The goroutine leaves, its frames are read, and it goes on at once. skip 0:
// the function that called rt_callers comes first. MAYSWITCH, though no other goroutine runs in
// between.
MAYSWITCH size_t rt_callers(uint32_t skip, uint32_t *pcs, size_t max);

// Is a frame of this kind shown at this GOTRACEBACK level?
bool rt_showframe(const Loc *loc, int level);

// Prints the frames at pc, inlined ones too, as Go does. Returns how many functions it printed.
int rt_printframes(uint32_t pc, int level);

#endif
