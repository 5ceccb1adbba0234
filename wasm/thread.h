#ifndef OS_THREAD_H
#define OS_THREAD_H

// What the C library knows of a thread belongs to the goroutine: its record (struct pthread of
// musl: errno, keys, locale, owner of locks) and its thread-locals.

#include <errno.h>

#include "../runtime/base/gmp.h"
#include "../runtime/base/os.h"

// Bytes of a thread's stack, unless the program says how many: as Emscripten's own threads have
// since 3.1.25.
enum { ThreadStack = 64 << 10 };

// How a function of POSIX fails that tells its error by errno.
ALWAYS_INLINE int
os_thread_fail(int error)
{
	errno = error;
	return -1;
}

// A thread has woken somebody. One that is no M wakes who joins it last of all.
void os_thread_woke(void);

// Where a record lies, which may hold pointers.
OsRange os_thread_range(const void *thread);

// Runs handlers of signals, if there are any for the running thread, which has this record. Returns
// whether one ran that interrupts a wait. NULL until the program sends a signal.
extern bool (*os_thread_signals)(void *thread);

// The running goroutine, if any, is known as a thread: it can be sent signals.
void os_thread_known(void);

// Sends the signals of timers that are due. So a timer comes before a sleep ends that was to end
// later, although its service goroutine may be late. NULL until the program sets a timer.
extern void (*os_thread_due)(void);

// Runs handlers at a poll of gp that cannot be unwound. A handler may not wait for goroutines, and
// not leave the code that it interrupts.
void rt_signal_inplace(G *gp);

// Is gp a thread that has been sent a signal, or is to end where it computes?
bool os_thread_wanted(const G *gp);

// For a thread that is wanted, above the frames of its poll: runs handlers, or ends the thread.
// NULL until the program sends a signal or cancels.
extern void (*os_interrupt)(void *thread);

// A goroutine ends that still has this record.
void os_thread_gone(void *thread);

// The time of os_nanotime after a span of time.
struct timespec;
int64_t os_thread_until(const struct timespec *span);

// main has returned.
void os_thread_exits(void);

// What os_thread_wait returns beside enum FutexEnd: the thread has run a handler of a signal, which
// ends waits that a signal can end.
enum { ThreadInterrupted = 16 };

// Parks the goroutine until the word is not val, a waker comes, the time is up, or, if cp, the
// thread is cancelled. Returns as rt_futexwait, or ThreadInterrupted.
MAYSWITCH int
os_thread_wait(const uint32_t *word, uint32_t val, int64_t until, uint32_t reason, bool cp);

#endif
