#ifndef OS_LIBCWAIT_H
#define OS_LIBCWAIT_H

#include "../runtime/base/gmp.h"

// The instruction memory.atomic.wait32, and what it returns: the goroutine is parked. Where none
// can be, the thread blocks. The word is at addr + offset. ns < 0: without limit.
MAYSWITCH int rt_word_wait(uintptr_t addr, uint32_t val, int64_t ns, uint32_t offset);
// memory.atomic.wait64.
MAYSWITCH int rt_word_wait64(uintptr_t addr, uint64_t val, int64_t ns, uint32_t offset);

// emscripten_futex_wake: serves goroutines and threads.
int __wrap_emscripten_futex_wake(volatile void *addr, int count);

#endif
