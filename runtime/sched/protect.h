#ifndef RT_PROTECT_H
#define RT_PROTECT_H

// The machine's half of go_protect: a place on the running stack to come back to.
#include "../base/base.h"

// Declared in sync/panic.c; the machine owns the first two words.
struct Protect {
	uintptr_t mach[2];
	struct Protect *prev;
	void *defers; // the goroutine's newest deferred call when this began
};

// False when called; true when it returns a second time, after rt_protect_jump(p). The frame that
// called it must still exist then.
MAYSWITCH bool rt_protect_mark(struct Protect *p);

// Discards every frame above p's and goes on there. Call it on the goroutine that owns p.
MAYSWITCH NORETURN void rt_protect_jump(struct Protect *p);

#endif
