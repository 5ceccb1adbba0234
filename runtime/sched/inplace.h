#ifndef RT_INPLACE_H
#define RT_INPLACE_H

// Goroutines that wait where they are. Foreign code is not instrumented: it cannot be unwound, so
// its frames stay on the thread of their M. Such a goroutine stops, is preempted and blocks *in
// place*: the M keeps the frames as pcs (M.below), gives its P away, and sleeps until the goroutine
// is to run again. To the queues it is a goroutine like any other; whoever takes it out hands its
// P to that M (G.inplace), as for one that is locked to its thread.
//
// What the machine calls of it is in base/os.h.

#include "../base/gmp.h"
#include "../base/os.h"

// The P dies or is taken with its goroutine stopped in place: the goroutine goes to the global
// queue. The world is stopped, sched.lock held.
void rt_inplace_requeue_locked(P *pp);

#endif
