#ifndef RT_WORLD_H
#define RT_WORLD_H

// Holding worldsema gives a goroutine the right to try to stop the world. The procedure:
//
//	go_semacquire(&rt_worldsema);
//	rt_m()->gcing = 1;
//	rt_stoptheworld();
//
//	... look at everything: every other goroutine is parked or unwound ...
//
//	rt_m()->gcing = 0;
//	go_semrelease(&rt_worldsema);
//	rt_starttheworld();
//
// The semaphore is released before the world starts, so a waiter is runnable at once. gcing, which
// keeps this goroutine on its M, is cleared before that. rt_world_begin and rt_world_end are these
// steps.

#include "sched.h"

extern uint32_t rt_worldsema;

MAYSWITCH void rt_world_begin(void);
// Returns how long the world was stopped, ns.
int64_t rt_world_end(void);

// The middle steps alone.
void rt_stoptheworld(void);
int64_t rt_starttheworld(void);

// No M holds pp any more. While a stop of the world is wanted, pp then counts as stopped, or the
// stop would wait for it for ever. False: no stop is wanted. sched.lock held.
bool rt_stopp_locked(P *pp);

// Halts this M, which holds a P, until the world starts again.
void rt_gcstopm(M *mp);

// For a dying program: asks all Ms to stop, and waits for that at most a second. Some may still
// run afterwards.
void rt_freezetheworld(void);

#endif
