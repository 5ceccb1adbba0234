#ifndef RT_STACK_H
#define RT_STACK_H

// C stacks of goroutines.
//
//	stack_lo                                              stack_hi
//	| canary | guard | free ...     saved frames | live C stack |
//	                                             ^ sp
//
// The C stack grows down from stack_hi. While the goroutine is parked its suspended frames lie
// just below sp, in the same page as the live part. Compiled code compares the stack pointer
// with stack_lo + StackGuard whenever it lowers it (the link step adds that), so an overflow is
// named before anything is overwritten; the canary catches what the check cannot see.

#include "../base/base.h"

enum {
	StackMin = 1 << 10,
	StackDefault = 8 << 10,
	StackMain = 1 << 20,
	StackMax = 256 << 20,
	StackGuard = 16 + 128, // canary, and the red zone of libc's leaf functions
	StackAlign = 16,
};

#define STACK_CANARY ((uint32_t)0xfeed5eed)

// A stack of at least n bytes: *lo is 16-aligned and *got is what there is. NULL-free: throws
// when memory is out.
uintptr_t rt_stackalloc(size_t n, uint32_t *got);
void rt_stackfree(uintptr_t lo, uint32_t bytes);
// Bytes that stacks take from the system, in use and in free lists.
size_t rt_stacksys(void);
size_t rt_stackinuse(void);

#endif
