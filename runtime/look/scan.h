#ifndef RT_SCAN_H
#define RT_SCAN_H

// What leaks and the wait graph share. Both mark as the collector does, while the world is stopped,
// but blocks of malloc like collected ones, and take their marks off again.

#include "../base/gmp.h"
#include "../gc/gc.h"

// Can it be woken only by somebody who can get at what it waits for?
bool rt_look_waits(const G *gp);

// Everything is swept: there are no marks. Between the two nobody allocates, and afterwards there
// are none again.
void rt_look_begin(void);
void rt_look_end(void);

// The block of malloc at p is not to be read: it holds addresses of goroutines, and is none of the
// program's.
void rt_look_pass(uintptr_t p);

#endif
