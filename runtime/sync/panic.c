// Panics, deferred calls, protected calls and go_exit.
//
// C cannot run code when an ordinary function returns. So the unit of unwinding is a level: a call
// of go_protect. The goroutine itself is the outermost level. Each level has the calls that were
// deferred since it began.
//
//	go_protect	notes where it stands, calls fn, runs the level's deferred calls
//	go_panic	runs the level's deferred calls on top of the panicking stack, so that a
//			dump made by one still shows the function that panicked; then the machine
//			discards the frames above go_protect, which returns the text
//	go_exit		the same without a text: each go_protect on the way out goes on exiting
//
// Frames of C++ that have something to destroy, or a catch block, are met on the way: the machine
// lets them land, and they call rt_panic_on when they are done. Calls that tell others that the
// goroutine has ended (Defer.last) come behind that. An exception that leaves go_protect
// ends the level, as go_exit does, and goes on.
//
// A deferred call is taken off the list before it runs. So if it panics itself, the new panic goes
// on with the next deferred call; the older panic is kept only to be printed. Nothing here needs
// more than a few words of stack, because a panic may happen near the end of the stack.

#include "panic.h"

#include <stdlib.h>
#include <string.h>

#include "../base/hooks.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "../sched/sched.h"
#include "../worldsema.h"

// --- deferred calls ---

void
rt_deferpush_of(Defer *d, const void *frame)
{
	G *gp = rt_g();

	d->link = gp->defers;
	gp->defers = d;
	d->frame = frame;
	if (frame) {
		d->framed = gp->framed;
		gp->framed = d;
	}
}

void
rt_deferpush(Defer *d)
{
	rt_deferpush_of(d, d);
}

// d need not be the newest: code that ran since may have deferred calls that belong to the level.
void
rt_deferdrop(Defer *d)
{
	G *gp = rt_g();
	Defer **link = &gp->defers;

	while (*link != d)
		link = &(*link)->link;
	*link = d->link;
	for (link = &gp->framed; d->frame && *link != d;)
		link = &(*link)->framed;
	if (d->frame)
		*link = d->framed;
}

void
go_defer(GoFunc fn, void *arg)
{
	Defer *d = rt_must(malloc(sizeof *d), "panic: out of memory for a deferred call");

	*d = (Defer){.fn = fn, .arg = arg, .heap = true};
	rt_deferpush_of(d, NULL);
}

MAYSWITCH static void
run_defers(G *gp, const Defer *until)
{
	Defer *d;
	GoFunc fn;
	void *arg;

	while ((d = gp->defers) != until) {
		fn = d->fn;
		arg = d->arg;
		gp->defers = d->link;
		if (d->frame)
			gp->framed = d->framed;
		if (d->heap)
			free(d);
		rt_nonil(fn); // as in Go: when it is called
		fn(arg);
	}
}

// The frames are still there.
MAYSWITCH static void
run_level(G *gp)
{
	const Defer *until = gp->protect ? gp->protect->defers : gp->defers;

	while (!gp->protect && until && !until->last)
		until = until->link;
	run_defers(gp, until);
}

void
rt_rundefers(const Defer *until)
{
	run_defers(rt_g(), until);
}

// --- panics ---

// Length of the part of the text that is kept: whole characters of UTF-8.
static size_t
kept_length(const char *text)
{
	size_t n = 0;

	while (n < PanicText && text[n] != 0)
		n++;
	if (text[n] != 0)
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	return n;
}

// Enters a new panic in gp's list. It reuses the record of the panic that was caught last; text may
// lie in that record.
static void
begin(G *gp, const char *text)
{
	Panic *p = gp->lastpanic;
	bool again = p && text == p->text;
	size_t n;

	gp->lastpanic = NULL;
	if (!p)
		p = rt_must(malloc(sizeof *p), "panic: out of memory for a panic");
	n = kept_length(text);
	memmove(p->text, text, n);
	p->text[n] = 0;
	p->repanicked = again;
	p->link = gp->panics;
	gp->panics = p;
}

// Drops the panics begun since until, except keep.
static void
forget(G *gp, const Panic *until, const Panic *keep)
{
	Panic *p;

	while ((p = gp->panics) != until) {
		gp->panics = p->link;
		if (p != keep)
			free(p);
	}
}

// A panic needs a goroutine that may switch.
static void
check_place(const char *text)
{
	M *mp = rt_m();
	bool offstack = !mp || rt_g() == mp->g0;

	if (likely(!offstack && mp->locks == 0))
		return;
	rt_printf("panic: %s\n", text);
	rt_throw(offstack ? "panic on system stack" : "panic holding locks");
}

MAYSWITCH _Noreturn void
go_panic(const char *text)
{
	G *gp = rt_g();

	if (!text)
		text = "panic called with nil argument";
	check_place(text);
	begin(gp, text);
	run_level(gp);
	if (!gp->protect)
		rt_fatalpanic(gp);
	gp->protect->caught = gp->panics;
	rt_panic_on();
}

void
rt_panic_on(void)
{
	G *gp = rt_g();
	Leaving l = {.lands = LandsThrow, .threw = 1};

	rt_protect_jump(&l);
	if (gp->protect && !gp->protect->exiting) {
		rt_prints("runtime: a panic cannot pass through foreign code: catch it in the "
		          "callback\n");
		rt_fatalpanic(gp);
	}
	if (gp->protect)
		rt_goexit_stuck();
	run_defers(gp, NULL);
	forget(gp, NULL, NULL);
	rt_goexit();
}

static const char nil[] = "runtime error: invalid memory address or nil pointer dereference";

MAYSWITCH NORETURN NOINLINE void
rt_nilpanic(void)
{
	go_panic(nil);
}

MAYSWITCH _Noreturn void
go_nil_(void)
{
	go_panic(nil);
}

NORETURN NOINLINE void
rt_nildies(void)
{
	check_place(nil);
	begin(rt_g(), nil);
	rt_fatalpanic(rt_g());
}

// --- the end of a level ---

// good is false if code that the runtime does not know has left frames of go_protect: JavaScript
// that caught an exception.
static void
check_level(const G *gp, const Protect *p, bool good)
{
	if (likely(good))
		return;
	rt_printf("runtime: goroutine %U is at %p in go_protect, and was last at %p\n", gp->id,
	          (const void *)p, (const void *)gp->protect);
	rt_throw("panic: JavaScript has caught what was thrown through go_protect");
}

// fn has returned. Or its frames were discarded after a panic or for an exit; then its deferred
// calls have run already. A panic in a deferred call here is caught by this same level: the machine
// returns to go_protect, which calls leave once more.
MAYSWITCH static const char *
leave(Protect *p)
{
	G *gp = rt_g();
	Panic *caught;

	check_level(gp, p, gp->protect == p);
	run_defers(gp, p->defers);
	gp->protect = p->prev;
	caught = p->exiting || p->passing.on ? NULL : p->caught;
	forget(gp, p->panics, caught);
	if (unlikely(p->passing.on != NULL))
		p->passing.on(&p->passing);
	if (p->exiting)
		go_exit();
	if (!caught)
		return NULL;
	free(gp->lastpanic);
	gp->lastpanic = caught;
	return caught->text;
}

static void
enter(Protect *p)
{
	G *gp = rt_g();

	// The stack grows downwards.
	check_level(gp, p, !gp->protect || gp->protect > p);
	*p = (Protect){.prev = gp->protect, .defers = gp->defers, .panics = gp->panics};
	gp->protect = p;
}

// After either return of rt_protect_mark only p is used: on the second return, locals are those of
// the time when fn was called, not when the mark was made.
MAYSWITCH NOINLINE const char *
go_protect(GoFunc fn, void *arg)
{
	Protect p;

	enter(&p);
	if (!rt_protect_mark(&p)) {
		rt_nonil(fn);
		fn(arg);
	}
	return leave(&p);
}

MAYSWITCH _Noreturn void
go_exit(void)
{
	G *gp = rt_g();

	if (gp->protect)
		gp->protect->exiting = true; // first: a panic in a deferred call does not end it
	run_level(gp);
	rt_panic_on();
}

// The goroutine's function returned.
MAYSWITCH static void
end_goroutine(G *gp)
{
	run_defers(gp, NULL);
}

// --- frames left by a throw or a longjmp ---

void
rt_endframes(G *gp, uintptr_t sp)
{
	Defer *d;

	while ((d = gp->framed) != NULL && (uintptr_t)d->frame < sp) {
		GoFunc fn = d->left ? d->left : d->fn;
		void *arg = d->arg;

		rt_deferdrop(d);
		fn(arg);
	}
}

// --- nobody caught it ---

// Oldest first.
static void
print_panics(const Panic *newest)
{
	const Panic *p, *printed = NULL;

	while (printed != newest) {
		for (p = newest; p->link != printed;)
			p = p->link;
		rt_prints(!printed ? "panic: " : "\tpanic: ");
		rt_printlines(p->text);
		rt_prints(p->repanicked ? " [recovered, repanicked]\n" : "\n");
		printed = p;
	}
}

void
rt_fatalpanic(G *gp)
{
	rt_startdying();
	print_panics(gp->panics);
	rt_enddying(FatalPanic, gp->panics->text);
}

void
rt_panicinit(void)
{
	rt_hooks.on_goexit = end_goroutine;
}
