#ifndef RT_SCAN_H
#define RT_SCAN_H

// What leak.c and waits.c share. Both mark as the collector does, while the world is stopped. They
// mark blocks of malloc like collected ones, and remove all their marks at the end.

#include "../base/gmp.h"
#include "../gc/gc.h"

// Does the goroutine wait for a thing, so that only whoever can reach that thing can wake it?
bool rt_look_waits(const G *gp);

// Everything must be swept before rt_look_begin, so that there are no marks. Nobody can allocate
// between these two calls. rt_look_end removes all marks.
void rt_look_begin(void);
void rt_look_end(void);

// Marks the block of malloc at p, so that it is not read. It is the runtime's own, and holds
// addresses of goroutines.
void rt_look_pass(uintptr_t p);

#endif
