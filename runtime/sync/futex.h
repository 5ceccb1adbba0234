#ifndef RT_FUTEX_H
#define RT_FUTEX_H

// Waiting until a word of memory changes, at goroutine level. The C library builds its locks on
// this (wasm/libcwait.c). After Linux's futex(2). Waiters are in the semaphores' table
// (sched/sema.h).

#include "../base/gmp.h"

enum FutexEnd {
	FutexWoken,
	FutexChanged, // the word was not val to begin with
	FutexTimedOut,
	FutexStopped, // *stop was set
};

// Parks the goroutine while *word is val, until somebody wakes it, at the latest at the time until
// (os_nanotime; < 0: without limit). stop may be NULL. Whoever sets *stop then calls rt_futexstop.
MAYSWITCH enum FutexEnd rt_futexwait(const uint32_t *word, uint32_t val, int64_t until,
                                     enum WaitReason reason, const AtomicU32 *stop);

// The same with a word of 64 bits. Its wakers name its address.
MAYSWITCH enum FutexEnd
rt_futexwait64(const uint64_t *word, uint64_t val, int64_t until, enum WaitReason reason);

// Wakes at most n goroutines that wait for the word; returns how many. For any thread.
uint32_t rt_futexwake(const uint32_t *word, uint32_t n);

// Wakes gp if it waits for the word.
void rt_futexstop(const uint32_t *word, const G *gp);

#endif
