#ifndef RT_INPLACE_H
#define RT_INPLACE_H

// Goroutines that wait where they are. Foreign code is not instrumented and cannot be unwound, so
// its frames stay on the thread of their M. A goroutine with such frames stops, is preempted and
// blocks *in place*: the M keeps the frames as pcs (M.below), gives its P away, and sleeps until
// the goroutine may run again. The queues treat the goroutine like any other. Whoever takes it out
// of a queue hands a P to its M (G.inplace), as for a goroutine that is locked to its thread.
//
// The functions that the machine calls are in base/os.h.

#include "../base/gmp.h"
#include "../base/os.h"

// pp ends, or another M takes it, while its goroutine is stopped in place: the goroutine goes to
// the global queue. The world is stopped, sched.lock held.
void rt_inplace_requeue_locked(P *pp);

#endif
