#ifndef RT_STACK_H
#define RT_STACK_H

// C stacks of goroutines.
//
//	stack_lo                                 stack_hi
//	| canary | guard | free ...        live C stack | frames |
//	                                   ^ sp
//
// The C stack grows down from stack_hi. Above is the machine's room for suspended frames
// (wasm/ctx.c), so what a parked goroutine needs lies in one page. Compiled code compares the stack
// pointer with stack_lo + StackGuard whenever it lowers it (the link step adds that), so an
// overflow is named before anything is overwritten; the canary catches what the check cannot see.

#include "../base/base.h"

enum {
	StackMin = 1 << 10,
	StackDefault = 8 << 10,
	StackMain = 1 << 20,
	StackMax = 256 << 20,
	StackGuard = 16 + 128, // canary, and the red zone of libc's leaf functions
	StackAlign = 16,
	StackFrames = 256, // above stack_hi: the frames of most goroutines fit there
};

#define STACK_CANARY ((uint32_t)0xfeed5eed)

// A stack of at least n bytes: it is 16-aligned, *got is what there is, and StackFrames bytes
// follow. NULL-free: throws when memory is out.
uintptr_t rt_stackalloc(size_t n, uint32_t *got);
void rt_stackfree(uintptr_t lo, uint32_t bytes);
// Bytes that stacks take from the system, in use and in free lists.
size_t rt_stacksys(void);
size_t rt_stackinuse(void);

#endif
