#ifndef RT_LOCK_H
#define RT_LOCK_H

#include "atomic.h"
#include "base.h"
#include "lockrank.h"

// Mutual exclusion between Ms. Never held across a switch: the M counts its locks, and schedule
// throws. key: 0 unlocked, 1 locked, 2 locked and an M may sleep.
typedef struct Lock Lock;
struct Lock {
	AtomicU32 key;
	uint32_t rank; // LockRank, for the order check
};

// One-shot event between one waker and one sleeper. First clear it; wakeup and sleep then come in
// any order.
typedef struct Note Note;
struct Note {
	AtomicU32 key; // 0 not yet, 1 happened
};

// Without the check every field is zero, so an array of locks adds no bytes to the module.
#ifdef RT_ASSERT
#define LOCK_INIT(r) \
	{            \
		0, r \
	}
#else
#define LOCK_INIT(r)        \
	{                   \
		0, RankNone \
	}
#endif

void rt_lock(Lock *l);
void rt_unlock(Lock *l);

void rt_noteclear(Note *n);
void rt_notewakeup(Note *n);
void rt_notesleep(Note *n);
// Sleeps at most ns nanoseconds; true when the event happened.
bool rt_notetsleep(Note *n, int64_t ns);

#endif
