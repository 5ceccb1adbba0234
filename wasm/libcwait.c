#include <errno.h>
#include <limits.h>
#include <math.h>
#include <time.h>

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/sync/futex.h"
#include "../runtime/sched/sched.h"
#include "../runtime/sync/timer.h"
#include "../runtime/worldsema.h"
#include "blocking.h"
#include "libcwait.h"
#include "thread.h"

// Where the C library waits for a lock, a condition, a semaphore, a thread or the time, the
// goroutine is parked. The library has five functions for that. In the functions of the library
// that may be suspended, the link step calls these instead, and adds what is waited for
// (link/libcwait.js). On a thread that runs no goroutine, and in the rest of the library, they are
// what they were; see blocking.c.

void __wait(volatile int *addr, volatile int *waiters, int val, int priv);
int __timedwait(volatile int *addr, int val, clockid_t clk, const struct timespec *at, int priv);
int __timedwait_cp(volatile int *addr, int val, clockid_t clk, const struct timespec *at, int priv);

static bool
may_park(void)
{
	M *mp = rt_m();

	return mp && rt_g() != mp->g0 && mp->p && !mp->locks && !mp->dying && !os_pinned();
}

EXPORT(rt_libc_wait)
MAYSWITCH void
rt_libc_wait(volatile int *addr, volatile int *waiters, int val, int priv, uint32_t reason)
{
	if (!may_park()) {
		__wait(addr, waiters, val, priv);
		return;
	}
	if (waiters)
		add_seq((AtomicU32 *)waiters, 1);
	while (*addr == val)
		os_thread_wait((uint32_t *)addr, (uint32_t)val, -1, reason, false);
	if (waiters)
		add_seq((AtomicU32 *)waiters, -1u);
}

int64_t
os_thread_until(const struct timespec *span)
{
	int64_t s = span->tv_sec;

	if (s > INT64_MAX / 1000000000 - 2)
		return INT64_MAX;
	return rt_timerwhen(s * 1000000000 + span->tv_nsec);
}

// The time of os_nanotime at which clk is at. *error: ETIMEDOUT if that is over, or EINVAL.
static int64_t
deadline(clockid_t clk, const struct timespec *at, int *error)
{
	struct timespec now;
	int64_t s, ns;

	*error = 0;
	if ((unsigned long)at->tv_nsec >= 1000000000ul || clock_gettime(clk, &now) != 0) {
		*error = EINVAL;
		return 0;
	}
	if (at->tv_sec < now.tv_sec) { // however far
		*error = ETIMEDOUT;
		return 0;
	}
	s = (int64_t)at->tv_sec - now.tv_sec;
	if (s > INT64_MAX / 1000000000 - 2)
		return INT64_MAX;
	ns = s * 1000000000 + at->tv_nsec - now.tv_nsec;
	if (ns <= 0)
		*error = ETIMEDOUT;
	return rt_timerwhen(ns);
}

MAYSWITCH static int
timed(volatile int *addr, int val, clockid_t clk, const struct timespec *at, uint32_t reason,
      bool cp)
{
	int64_t until = -1;
	int error = 0;

	if (at)
		until = deadline(clk, at, &error);
	if (error)
		return error;
	switch (os_thread_wait((uint32_t *)addr, (uint32_t)val, until, reason, cp)) {
	case FutexTimedOut:
		return ETIMEDOUT;
	case FutexStopped:
		return ECANCELED;
	case ThreadInterrupted:
		return EINTR;
	default:
		return 0;
	}
}

EXPORT(rt_libc_timedwait)
MAYSWITCH int
rt_libc_timedwait(volatile int *addr, int val, clockid_t clk, const struct timespec *at, int priv,
                  uint32_t reason)
{
	enum { Lost = 0x3fffffff }; // a robust mutex that nobody can lock any more
	int error;

	if (!may_park())
		return __timedwait(addr, val, clk, at, priv);
	error = timed(addr, val, clk, at, reason, false);
	if (reason == WaitThreadMutex && (*addr & Lost) == Lost)
		__wrap_emscripten_futex_wake(addr, INT_MAX); // musl has told only one of them
	return error;
}

EXPORT(rt_libc_timedwait_cp)
MAYSWITCH int
rt_libc_timedwait_cp(volatile int *addr, int val, clockid_t clk, const struct timespec *at,
                     int priv, uint32_t reason)
{
	if (!may_park())
		return __timedwait_cp(addr, val, clk, at, priv);
	return timed(addr, val, clk, at, reason, true);
}

int __wrap_emscripten_futex_wait(volatile void *addr, uint32_t val, double ms);

EXPORT(rt_libc_futex)
MAYSWITCH int
rt_libc_futex(volatile void *addr, uint32_t val, double ms, uint32_t reason)
{
	int64_t until = ms >= 0 && ms < 9e12 ? rt_timerwhen((int64_t)(ms * 1e6)) : -1;

	if (!may_park())
		return __wrap_emscripten_futex_wait(addr, val, ms);
	if ((uintptr_t)addr % 4 != 0)
		return -EINVAL;
	switch (os_thread_wait((uint32_t *)addr, val, until, reason, false)) {
	case FutexChanged:
		return -EWOULDBLOCK;
	case FutexTimedOut:
		return -ETIMEDOUT;
	default:
		return 0;
	}
}

static uint32_t asleep; // nobody wakes it

void emscripten_thread_sleep(double ms);

EXPORT(rt_libc_sleep)
MAYSWITCH void
rt_libc_sleep(double ms)
{
	int64_t until;
	int end;

	if (!may_park()) {
		emscripten_thread_sleep(ms);
		return;
	}
	until = ms < 9e12 ? rt_timerwhen((int64_t)(ms * 1e6)) : INT64_MAX;
	do
		end = os_thread_wait(&asleep, 0, until, WaitSleep, true);
	while (end != FutexTimedOut && end != FutexStopped);
}

static bool
can_sleep(clockid_t clk, const struct timespec *time)
{
	struct timespec now;

	return clk != CLOCK_THREAD_CPUTIME_ID && clock_gettime(clk, &now) == 0 &&
	       time->tv_sec >= 0 && (unsigned long)time->tv_nsec < 1000000000ul;
}

int __wrap___clock_nanosleep(clockid_t clk, int flags, const struct timespec *time,
                             struct timespec *rest);
int __wrap_clock_nanosleep(clockid_t clk, int flags, const struct timespec *time,
                           struct timespec *rest);

// Emscripten's takes each time for a span.
MAYSWITCH int
__wrap___clock_nanosleep(clockid_t clk, int flags, const struct timespec *time,
                         struct timespec *rest)
{
	int64_t until, left;
	int end, error;

	if (!can_sleep(clk, time))
		return EINVAL;
	if (flags & TIMER_ABSTIME) {
		until = deadline(clk, time, &error);
		if (error == ETIMEDOUT)
			until = os_nanotime(); // it ends at once, behind what is due
		else if (error)
			return error;
	} else {
		until = os_thread_until(time);
	}
	if (!may_park()) {
		emscripten_thread_sleep((double)(until - os_nanotime()) / 1e6);
		return 0;
	}
	do
		end = os_thread_wait(&asleep, 0, until, WaitSleep, true);
	while (end == FutexWoken);
	if (end == FutexTimedOut)
		return 0;
	left = until - os_nanotime();
	if (rest && !(flags & TIMER_ABSTIME))
		*rest = (struct timespec){.tv_sec = left > 0 ? left / 1000000000 : 0,
		                          .tv_nsec = left > 0 ? (long)(left % 1000000000) : 0};
	return EINTR;
}

MAYSWITCH int
__wrap_clock_nanosleep(clockid_t clk, int flags, const struct timespec *time, struct timespec *rest)
{
	return __wrap___clock_nanosleep(clk, flags, time, rest);
}

int __wrap_clock_settime(clockid_t clk, const struct timespec *to);

// Emscripten's gives EPERM whatever is wrong.
int
__wrap_clock_settime(clockid_t clk, const struct timespec *to)
{
	struct timespec now;
	bool fits = to->tv_sec >= 0 && (unsigned long)to->tv_nsec < 1000000000ul;

	errno = fits && clk != CLOCK_MONOTONIC && clock_gettime(clk, &now) == 0 ? EPERM : EINVAL;
	return -1;
}

int __real_emscripten_futex_wake(volatile void *addr, int count);

static int
wake(volatile void *addr, int count, bool threads)
{
	int n;

	if (!addr || (uintptr_t)addr % 4 != 0 || count < 0)
		return -EINVAL;
	n = (int)rt_futexwake((const uint32_t *)addr, (uint32_t)count);
	if (n < count && threads)
		n += __real_emscripten_futex_wake(addr, count - n);
	os_thread_woke();
	return n;
}

// Goroutines come first: a notification costs 144 ns even if no thread sleeps.
int
__wrap_emscripten_futex_wake(volatile void *addr, int count)
{
	return wake(addr, count, os_blocked());
}

// --- the program's own waits ---

// What the program calls instead of emscripten_futex_wake, and instead of the instructions of
// WebAssembly for waiting and waking. Nobody counts the waits of JavaScript (Atomics.wait), so
// these always notify threads, too.

EXPORT(rt_word_wake)
int
rt_word_wake(volatile void *addr, int count)
{
	return wake(addr, count, true);
}

// The instruction traps if the address is not aligned.
EXPORT(rt_word_notify)
uint32_t
rt_word_notify(uintptr_t addr, uint32_t count, uint32_t offset)
{
	uint32_t *word = (uint32_t *)(addr + offset);
	uint32_t n = (addr + offset) % 4 == 0 ? rt_futexwake(word, count) : 0;

	if (n < count)
		n += (uint32_t)__builtin_wasm_memory_atomic_notify((int *)word, count - n);
	return n;
}

// What the instructions return.
enum { WaitOk, WaitNotEqual, WaitTimedOut };

static int
result(enum FutexEnd end)
{
	switch (end) {
	case FutexChanged:
		return WaitNotEqual;
	case FutexTimedOut:
		return WaitTimedOut;
	default:
		return WaitOk;
	}
}

static int64_t
when(int64_t ns)
{
	return ns < 0 ? -1 : rt_timerwhen(ns);
}

// These two are for foreign code, and where no goroutine can be parked.

EXPORT(rt_word_block)
int
rt_word_block(uintptr_t addr, uint32_t val, int64_t ns, uint32_t offset)
{
	volatile uint32_t *word = (uint32_t *)(addr + offset);

	if (load_seq((AtomicU32 *)word) != val) // traps as the instruction does
		return WaitNotEqual;
	switch (__wrap_emscripten_futex_wait(word, val, ns < 0 ? HUGE_VAL : (double)ns * 1e-6)) {
	case -EWOULDBLOCK:
		return WaitNotEqual;
	case -ETIMEDOUT:
		return WaitTimedOut;
	default:
		return WaitOk;
	}
}

// The thread can only wait for half of the word, so it looks every millisecond.
EXPORT(rt_word_block64)
int
rt_word_block64(uintptr_t addr, uint64_t val, int64_t ns, uint32_t offset)
{
	AtomicU64 *word = (AtomicU64 *)(addr + offset);
	int64_t until = ns < 0 ? INT64_MAX : rt_timerwhen(ns);

	if (load64_seq(word) != val)
		return WaitNotEqual;
	while (os_nanotime() < until) {
		if (__wrap_emscripten_futex_wait(word, (uint32_t)val, 1) == 0 ||
		    load64_seq(word) != val)
			return WaitOk;
	}
	return WaitTimedOut;
}

EXPORT(rt_word_wait)
MAYSWITCH int
rt_word_wait(uintptr_t addr, uint32_t val, int64_t ns, uint32_t offset)
{
	uint32_t *word = (uint32_t *)(addr + offset);

	if (!may_park())
		return rt_word_block(addr, val, ns, offset);
	if (load_seq((AtomicU32 *)word) != val) // traps as the instruction does
		return WaitNotEqual;
	return result(rt_futexwait(word, val, when(ns), WaitThreadWord, NULL));
}

EXPORT(rt_word_wait64)
MAYSWITCH int
rt_word_wait64(uintptr_t addr, uint64_t val, int64_t ns, uint32_t offset)
{
	uint64_t *word = (uint64_t *)(addr + offset);

	if (!may_park())
		return rt_word_block64(addr, val, ns, offset);
	if (load64_seq((AtomicU64 *)word) != val)
		return WaitNotEqual;
	return result(rt_futexwait64(word, val, when(ns), WaitThreadWord));
}
