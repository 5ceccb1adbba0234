#ifndef RT_PANIC_H
#define RT_PANIC_H

// Panics, deferred calls and protected calls. Lists hang off the goroutine, newest first, and
// belong to it alone.

#include "../base/gmp.h"

enum { PanicText = 240 }; // bytes of text that are kept

struct Defer {
	Defer *link;
	void (*fn)(void *);
	void *arg;
	bool heap;     // ours to free; else it lies in a frame of the runtime
	Defer *framed; // then: the next older such one
};

// A panic that is on its way, or (G.lastpanic) the one that was caught last, whose text
// go_protect gave out.
struct Panic {
	Panic *link;     // the panic during whose deferred calls this one began
	bool repanicked; // begun with the text of the one that was caught last
	char text[PanicText + 1];
};

// Called once at boot.
void rt_panicinit(void);

// For a deferred call of the runtime's own, with memory in the caller's frame: push, then run
// what may panic, then drop.
void rt_deferpush(Defer *d);
void rt_deferdrop(Defer *d);

// A throw or a longjmp has left the frames that lie below sp. Are there levels of go_protect or
// deferred calls among them? Returns the lowest, or 0.
uintptr_t rt_leftframes(const G *gp, uintptr_t sp);
// Ends these levels: runs their deferred calls. Nothing below what rt_leftframes returned may be
// used before.
MAYSWITCH void rt_endframes(G *gp, uintptr_t sp);

// The program gave NULL where a thing must be: Go's panic.
MAYSWITCH NORETURN void rt_nilpanic(void);
#define rt_nonil(p) (likely((p)) ? (void)0 : rt_nilpanic())
// The same in what cannot be unwound: nobody catches it. worldsema.h looks before such a call.
NORETURN void rt_nildies(void);
#define rt_nonil_here(p) (likely((p)) ? (void)0 : rt_nildies())

// Runs the calls that the goroutine deferred since until, its newest one then.
MAYSWITCH void rt_rundefers(const Defer *until);

// Nobody caught gp's panic: prints it and the stacks, and ends the program with status 2.
NORETURN void rt_fatalpanic(G *gp);

#endif
