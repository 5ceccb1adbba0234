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
	bool heap; // the runtime frees it
	bool last; // of the goroutine: runs when all frames of C++ have been left

	// For a call that a function makes when it ends, however that is: an address in its frame.
	const void *frame;
	void (*left)(void *); // replaces fn if a throw has left the frame; does not wait; or NULL
	Defer *framed;        // the next older one that has a frame
};

// A panic that is under way. Or, in G.lastpanic, the panic that was caught last: go_protect
// returned its text.
struct Panic {
	Panic *link;     // the panic during whose deferred calls this one began
	bool repanicked; // it was begun with the text of G.lastpanic
	char text[PanicText + 1];
};

// Called once at boot.
void rt_panicinit(void);

// For a deferred call of the runtime's own, whose Defer lies in the caller's frame: push, then run
// code that may panic, then drop. Or for one that lies elsewhere and belongs to another frame.
void rt_deferpush(Defer *d);
void rt_deferpush_of(Defer *d, const void *frame);
void rt_deferdrop(Defer *d);

// Something has left the frames below sp: runs the deferred calls of these frames, which do not
// wait. Until then the stack up to sp must stay untouched.
void rt_endframes(G *gp, uintptr_t sp);

// The destructors of a C++ frame have run: the panic or go_exit that ran them goes on.
MAYSWITCH NORETURN void rt_panic_on(void);

// The program passed NULL where an object is needed: Go's panic.
MAYSWITCH NORETURN void rt_nilpanic(void);
#define rt_nonil(p) (likely((p)) ? (void)0 : rt_nilpanic())
// The same in a function that cannot be unwound: nobody can catch it. worldsema.h checks before it
// calls such a function.
NORETURN void rt_nildies(void);
#define rt_nonil_here(p) (likely((p)) ? (void)0 : rt_nildies())

// Runs the calls that the goroutine deferred after until, which stays.
MAYSWITCH void rt_rundefers(const Defer *until);

// Nobody caught gp's panic: prints it and the stacks, and ends the program with status 2.
NORETURN void rt_fatalpanic(G *gp);

#endif
