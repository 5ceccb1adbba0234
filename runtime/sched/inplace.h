#ifndef RT_INPLACE_H
#define RT_INPLACE_H

// Goroutines that wait where they are. Foreign code is not instrumented: it cannot be unwound, so
// its frames stay on the thread of their M. Such a goroutine stops, is preempted and blocks *in
// place*: the M keeps the frames as pcs (M.below), gives its P away, and sleeps until the goroutine
// is to run again. To the queues it is a goroutine like any other; whoever takes it out hands its
// P to that M (G.inplace), as for one that is locked to its thread.
//
// All of these run on the M's own stack (os_systemstack), called by the machine.

#include "../base/gmp.h"

// A poll in foreign code found M.preempt raised: stops for the world, or lets others run.
void rt_inplace_poll(void *gp);

// A callback from foreign code has left (os_mcall) and its own frames are saved, those below are
// not. Does what it left for and returns when the goroutine is to go on.
void rt_inplace_leave(void *gp);

// Such code is about to block its thread, in libc: gives the P away. It stays in Gsyscall until it has
// one again.
void rt_inplace_block(void *gp);
void rt_inplace_unblock(void *gp);

// The P dies or is taken with its goroutine stopped in place: the goroutine goes to the global
// queue. The world is stopped, sched.lock held.
void rt_inplace_requeue_locked(P *pp);

#endif
