#ifndef OS_THREAD_H
#define OS_THREAD_H

// What the C library knows of a thread belongs to the goroutine: its record (struct pthread of
// musl: errno, keys, locale, owner of locks) and its thread-locals.

#include "../runtime/base/gmp.h"

// A thread has woken somebody. One that is no M wakes who joins it last of all.
void os_thread_woke(void);

// Bytes that both take at the top of a goroutine's stack.
size_t os_thread_room(void);

// Parks the goroutine until the word is not val, a waker comes, the time is up, or, if cp, the
// thread is cancelled. Returns as rt_futexwait.
MAYSWITCH int
os_thread_wait(const uint32_t *word, uint32_t val, int64_t until, uint32_t reason, bool cp);

#endif
