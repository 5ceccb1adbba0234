#ifndef RT_PROTECT_H
#define RT_PROTECT_H

// A level of go_protect; the machine's half of it is in base/os.h.

#include "../base/gmp.h"

// Made by sync/panic.c. The machine owns the first two words.
struct Protect {
	uintptr_t mach[2];
	Protect *prev;
	Defer *defers; // the goroutine's newest deferred call, and
	Panic *panics; // its newest panic, when this began
	Panic *caught; // the panic that ends the level
	bool exiting;  // go_exit is on its way out
};

#endif
