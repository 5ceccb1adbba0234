#ifndef RT_SEMA_H
#define RT_SEMA_H

// Goroutine-level semaphores: sleep until *sema > 0, then take one. A semaphore is one word
// anywhere in memory. Its waiters are kept elsewhere, in one of 251 roots, chosen by the word's
// address. It is no lock of the runtime: a waiting goroutine is parked, and its M runs another one.
// The base of mutexes, wait groups and worldsema.
//
// Units are not handed out in order: a woken waiter competes again with newcomers, unless the
// release handed its unit over.

#include "sched.h"

// A waiting goroutine. It lies on the goroutine's stack. While it is queued, the root's lock guards
// it.
typedef struct SemaWaiter SemaWaiter;
// A link of the tree: odd, or 0. It leads to the waiters of another semaphore. It must not look
// like a pointer: a goroutine that holds it does not reach that semaphore (look/leak.h).
typedef uintptr_t SemaLink;
struct SemaWaiter {
	G *gp;
	const uint32_t *sema;
	SemaLink child[2]; // first waiter of its semaphore only: the root's tree
	SemaWaiter *next;  // later waiter for the same semaphore
	SemaWaiter *last;  // first waiter only: the end of that queue
	bool handoff;      // the releaser took the unit for this waiter
	bool queued;
};

// Called once at boot.
void rt_semainit(void);

// Tries to take one unit. NULL: taken. Otherwise w is in the queue, and the returned lock is held:
// park with it. lifo: w goes to the head of the queue.
Lock *rt_semastart(uint32_t *sema, SemaWaiter *w, bool lifo);

// Adds one unit and wakes a waiter. handoff: the waiter gets this unit; nobody else can take it.
void rt_semrelease(uint32_t *sema, bool handoff);

// For words that are no semaphores (sync/futex.h). Queues the calling goroutine, and returns the
// root's lock, which is held: look at the word once more, then park with the lock, or leave.
Lock *rt_semaenter(const uint32_t *word, SemaWaiter *w);
// Locks the root of w, which may be queued or not.
Lock *rt_semalock(const SemaWaiter *w);
// gp's waiter for the word, or NULL. The root's lock is held.
SemaWaiter *rt_semafind_locked(const uint32_t *word, const G *gp);
// Takes w off its queue. Its root's lock is held.
void rt_semaleave_locked(SemaWaiter *w);
// Wakes the first n waiters for the word, at most. For any thread: outside says that it is no M, or
// an M without a P. Returns how many there were.
uint32_t rt_semawake(const uint32_t *word, uint32_t n, bool outside);

// Calls fn for each waiter of each semaphore. The world is stopped.
void rt_semaeach(void (*fn)(void *arg, const SemaWaiter *w), void *arg);

// Inline, so that the mutex's slow path parks from its own frame: each frame between the program
// and the switch costs as much as a channel element.
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

// The usual case: queues behind the other waiters.
ALWAYS_INLINE MAYSWITCH void
rt_semacquire(uint32_t *sema, enum WaitReason reason)
{
	rt_semacquire_at(sema, reason, false);
}

#endif
