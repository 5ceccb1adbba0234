#include <limits.h>

#include "../runtime/base/gmp.h"
#include "libcwait.h"

// std::atomic::wait and what libc++ builds on it: latches, semaphores, atomic_flag. For Emscripten,
// libc++ looks at the value, sleeps, and looks again. Here (--wrap) the goroutine is parked, so
// that a wait costs nothing, and a deadlock is seen.
//
// A value of 64 bits is waited for directly. For all others libc++ has a table of counters, which
// notify counts up: a waiter asks for the counter (monitor), looks at its value, and waits for as
// long as the counter is the same.

#define STD(name) __asm__("__wrap__ZNSt3__2" name)
#define VALUE "PVKNS_17__cxx_atomic_implIxNS_22__cxx_atomic_base_implIxEEEE"

int64_t atomic_monitor(const void *at) STD("23__libcpp_atomic_monitorEPVKv");
void atomic_wait(const void *at, int64_t count) STD("20__libcpp_atomic_waitEPVKvx");
void atomic_notify_one(const void *at) STD("23__cxx_atomic_notify_oneEPVKv");
void atomic_notify_all(const void *at) STD("23__cxx_atomic_notify_allEPVKv");
void atomic_wait64(uint64_t *at, int64_t val) STD("20__libcpp_atomic_waitE" VALUE "x");
void atomic_notify_one64(uint64_t *at) STD("23__cxx_atomic_notify_oneE" VALUE);
void atomic_notify_all64(uint64_t *at) STD("23__cxx_atomic_notify_allE" VALUE);

static AtomicU32 counters[256];

static AtomicU32 *
counter_of(const void *at)
{
	return &counters[((uint32_t)(uintptr_t)at * 0x9e3779b9) >> 24];
}

int64_t
atomic_monitor(const void *at)
{
	return load_seq(counter_of(at));
}

MAYSWITCH void
atomic_wait(const void *at, int64_t count)
{
	rt_word_wait((uintptr_t)counter_of(at), (uint32_t)count, -1, 0);
}

void
atomic_notify_all(const void *at)
{
	AtomicU32 *counter = counter_of(at);

	add_seq(counter, 1);
	__wrap_emscripten_futex_wake(counter, INT_MAX);
}

// The counter is that of other values, too.
void
atomic_notify_one(const void *at)
{
	atomic_notify_all(at);
}

MAYSWITCH void
atomic_wait64(uint64_t *at, int64_t val)
{
	rt_word_wait64((uintptr_t)at, (uint64_t)val, -1, 0);
}

void
atomic_notify_one64(uint64_t *at)
{
	__wrap_emscripten_futex_wake(at, 1);
}

void
atomic_notify_all64(uint64_t *at)
{
	__wrap_emscripten_futex_wake(at, INT_MAX);
}
