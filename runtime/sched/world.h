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
// The semaphore is released before the world starts, so a waiter is runnable at once; the
// mark comes off before that, because while it is set this M hands out no work.
// rt_world_begin and rt_world_end are these steps.

#include "sched.h"

extern uint32_t rt_worldsema;

MAYSWITCH void rt_world_begin(void);
// Returns for how long it was stopped, ns.
int64_t rt_world_end(void);

// The middle steps alone.
void rt_stoptheworld(void);
int64_t rt_starttheworld(void);

// While the world is to stop, a P that nobody holds any more counts as stopped, else the stop would
// wait for it for ever: false if it is not to stop. sched.lock held.
bool rt_stopp_locked(P *pp);

// Halts this M, which holds a P, until the world starts again.
void rt_gcstopm(M *mp);

// For a dying program: asks everybody to stop and waits a few milliseconds. Some may still run.
void rt_freezetheworld(void);

#endif
