#ifndef RT_STACK_H
#define RT_STACK_H

// C stacks of goroutines.
//
//	stack_lo                                          stack_hi
//	| canary | guard | free ...        live C stack | room | frames |
//	                                   ^ sp
//
// The C stack grows down from the machine's room, which is for what belongs to the goroutine
// (os_ctx_room): of a stack of n bytes the program has all but the guard. Above is the room for
// suspended frames (wasm/ctx.c), so all that a parked goroutine needs lies in one page. In a stack
// smaller than a page this room is a part of the n bytes.
//
// Whenever compiled code lowers the stack pointer, it compares it with stack_lo + StackGuard (the
// link step adds that). So an overflow is reported before anything is overwritten. The canary
// catches what this check cannot see.

#include "../base/base.h"

enum {
	StackMin = 1 << 10,
	StackDefault = 8 << 10,
	StackMain = 1 << 20,
	StackMax = 256 << 20,
	StackGuard = 16 + 128, // canary, and the red zone of libc's leaf functions
	StackAlign = 16,
	StackPage = 4096,
	StackFrames = 256, // above stack_hi: the frames of most goroutines fit there
};

#define STACK_CANARY ((uint32_t)0xfeed5eed)

// How many bytes of a stack of n are below the machine's room. A page holds more small stacks if
// the frames are within them.
ALWAYS_INLINE size_t
rt_stack_live(size_t n)
{
	return n < StackPage ? n - StackFrames : n;
}

// A stack of at least n bytes, 16-aligned; *got is how many. The room and StackFrames bytes follow
// rt_stack_live(*got) of them.
// Throws when memory is out.
uintptr_t rt_stackalloc(size_t n, uint32_t *got);
void rt_stackfree(uintptr_t lo, uint32_t bytes);
// Bytes of all stacks, in use and in free lists.
size_t rt_stacksys(void);
size_t rt_stackinuse(void);

#endif
