// Compiled with musl's own headers, as thread.c is.
#include <stdlib.h>

#include "record.h"

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "shape.h"
#include "thread.h"

// Handlers of pthread_cleanup_push are deferred calls that belong to a frame. They run when the
// thread ends, and also when a panic, a C++ exception or a longjmp leaves the frame, as glibc does
// it for C++ and longjmp. So a lock is unlocked, and a pthread_once may be tried again. Those of a
// frame that was left by `return`, which POSIX forbids, are dropped.
//
// What a handler needs is copied from the frame, which may be gone when the list is looked at.

void __real__pthread_cleanup_push(struct __ptcb *cb, void (*fn)(void *), void *arg);
void __wrap__pthread_cleanup_push(struct __ptcb *cb, void (*fn)(void *), void *arg);
void __real__pthread_cleanup_pop(struct __ptcb *cb, int run);
void __wrap__pthread_cleanup_pop(struct __ptcb *cb, int run);

// The names tell the link step that these call the program.
MAYSWITCH void rt_thread_handler(void *handler);
void rt_handler_inplace(void *handler);

static bool
on_goroutine(void)
{
	M *mp = rt_m();

	return mp && rt_g() != mp->g0;
}

static Handler *
take(void)
{
	Handler *h = &os_thread(rt_g())->handler;

	if (h->defer.frame)
		h = malloc(sizeof *h);
	if (!h)
		rt_throw("pthread_cleanup_push: out of memory");
	return h;
}

static void
give_back(Handler *h)
{
	if (h == &os_thread(rt_g())->handler)
		h->defer.frame = NULL;
	else
		free(h);
}

MAYSWITCH void
rt_thread_handler(void *handler)
{
	Handler h = *(Handler *)handler;
	bool gone = (uintptr_t)h.defer.frame < os_getsp();

	give_back(handler);
	if (!gone)
		rt_thread_call((void *)h.fn, SHAPE(1, 0), (uintptr_t)h.arg, 0, 0);
}

// A throw has left the frame, whose memory is still as it was. To the link step this is a function
// of the C library: link/kinds.js.
NOINLINE void
rt_handler_inplace(void *handler)
{
	Handler h = *(Handler *)handler;

	give_back(handler);
	rt_thread_call((void *)h.fn, SHAPE(1, 0), (uintptr_t)h.arg, 0, 0);
}

static bool
is_handler(const Defer *d)
{
	return d->fn == rt_thread_handler;
}

static Defer *
find(const struct __ptcb *cb)
{
	Defer *d = rt_g()->framed;

	while (d && !(is_handler(d) && d->frame == cb))
		d = d->framed;
	return d;
}

static void
drop(Defer *d)
{
	rt_deferdrop(d);
	give_back(d->arg);
}

void
__wrap__pthread_cleanup_push(struct __ptcb *cb, void (*fn)(void *), void *arg)
{
	Handler *h;
	Defer *old;

	if (!on_goroutine()) {
		__real__pthread_cleanup_push(cb, fn, arg);
		return;
	}
	if ((old = find(cb)) != NULL) // of a frame that is gone, or a block that was left
		drop(old);
	cb->__f = fn;
	cb->__x = arg;
	h = take();
	*h = (Handler){.defer = {.fn = rt_thread_handler, .left = rt_handler_inplace, .arg = h},
	               .fn = fn,
	               .arg = arg};
	rt_deferpush_of(&h->defer, cb);
}

MAYSWITCH void
__wrap__pthread_cleanup_pop(struct __ptcb *cb, int run)
{
	Defer *mine, *d, *next;

	if (!on_goroutine()) {
		__real__pthread_cleanup_pop(cb, run);
		return;
	}
	mine = find(cb);
	for (d = mine ? rt_g()->defers : NULL; d; d = next) {
		next = d == mine ? NULL : d->link;
		if (is_handler(d)) // a newer one is of a block that was left
			drop(d);
	}
	if (run)
		rt_thread_call((void *)cb->__f, SHAPE(1, 0), (uintptr_t)cb->__x, 0, 0);
}
