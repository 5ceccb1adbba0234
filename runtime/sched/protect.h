#ifndef RT_PROTECT_H
#define RT_PROTECT_H

// The machine's half of go_protect: a place on the running stack to come back to.
#include "../base/gmp.h"

// A level of go_protect (sync/panic.c). The machine owns the first two words.
struct Protect {
	uintptr_t mach[2];
	Protect *prev;
	Defer *defers; // the goroutine's newest deferred call, and
	Panic *panics; // its newest panic, when this began
	Panic *caught; // the panic that ends the level
	bool exiting;  // go_exit is on its way out
};

// False when called; true when it returns a second time, after rt_protect_jump(p). The frame that
// called it must still exist then.
MAYSWITCH bool rt_protect_mark(struct Protect *p);

// Discards every frame above p's and goes on there. Call it on the goroutine that owns p. Returns
// only if it cannot, because foreign code is among those frames.
MAYSWITCH void rt_protect_jump(struct Protect *p);

#endif
