#ifndef RT_SEMA_H
#define RT_SEMA_H

// Goroutine-level semaphores: sleep until *sema > 0, then take one. A semaphore is one word
// anywhere in memory; who waits for it is kept aside, in 251 roots chosen by its address. Not a
// lock of the runtime: a contender is parked and its M runs somebody else. The base of mutexes,
// wait groups and of worldsema.
//
// What it is not: a counter that hands out its units in order. A woken waiter competes again
// with newcomers, unless the release handed its unit over.

#include "sched.h"

// One that waits; lies on its goroutine's stack. Owned by the root's lock while it is queued.
typedef struct SemaWaiter SemaWaiter;
// In the tree: odd, or 0. It leads to who waits for another semaphore, and is not to look like a
// pointer: a goroutine that holds one does not know the other (look/leak.h).
typedef uintptr_t SemaLink;
struct SemaWaiter {
	G *gp;
	const uint32_t *sema;
	SemaLink child[2]; // first waiter of its semaphore only: the root's tree
	SemaWaiter *next;  // later waiter for the same semaphore
	SemaWaiter *last;  // first waiter only: the end of that queue
	bool handoff;      // the releaser took the unit for us
};

// Called once at boot.
void rt_semainit(void);

// Tries to take one unit. NULL: taken. Otherwise w waits in the queue and the lock that is
// returned is held: park with it. lifo: w goes to the head of the queue.
Lock *rt_semastart(uint32_t *sema, SemaWaiter *w, bool lifo);

// Adds one unit and wakes a waiter. handoff: the waiter gets this very unit, nobody can come
// between.
void rt_semrelease(uint32_t *sema, bool handoff);

// The world is stopped. All who wait for a semaphore.
void rt_semaeach(void (*fn)(void *arg, const SemaWaiter *w), void *arg);

// Inline because each frame between the program and the switch costs as much as a channel
// element: the mutex's slow path parks from its own frame.
ALWAYS_INLINE MAYSWITCH void
rt_semacquire_at(uint32_t *sema, enum WaitReason reason, bool lifo)
{
	SemaWaiter w;
	Lock *l;

	while ((l = rt_semastart(sema, &w, lifo)) != NULL) {
		rt_park_unlock(l, reason);
		if (w.handoff)
			break;
	}
}

// The usual case: behind those that wait already.
ALWAYS_INLINE MAYSWITCH void
rt_semacquire(uint32_t *sema, enum WaitReason reason)
{
	rt_semacquire_at(sema, reason, false);
}

#endif
