#include "gc.h"

#include "../base/print.h"
#include "../base/throw.h"
#include "../sched/server.h"
#include "../sync/panic.h"
#include "../worldsema.h"
#include "about.h"

// A finalizer is a function for a block. It is called when the block can no longer be reached. All
// finalizers run on one goroutine of their own. After Go 1's mfinal.c.
//
// What a block with a finalizer points to counts as reachable. The block itself does not. If A
// points to B and both have finalizers, A is finalized first, while B is still whole; a later
// collection finalizes B. If they point to each other, neither is ever finalized.

enum { FinalizerStack = 64 << 10 };

typedef struct Final Final;
struct Final {
	About about;
	void *p; // the address, while the record is queued
	GoFunc fn;
};

static struct {
	AboutTable table;
	About *queue, **tail;
	bool started;  // the goroutine
	Server server; // the goroutine; wanted: the queue is not empty
} fin = {.tail = &fin.queue};

static void
set_locked(void *p, GoFunc fn)
{
	About **at = rt_about(&fin.table, p);
	Final *f = (Final *)*at;

	if (f && !fn) {
		rt_free(rt_about_remove(&fin.table, at));
		return;
	}
	if (!f && fn) {
		f = rt_calloc(1, sizeof *f);
		if (!f)
			rt_throw("finalizer: out of memory");
		rt_about_insert(&fin.table, at, &f->about, p);
	}
	if (f)
		f->fn = fn;
}

// --- the goroutine ---

static void start(void);

static Final *
take(void)
{
	About *a;

	rt_about_lock();
	a = fin.queue;
	if (a && !(fin.queue = a->next)) {
		fin.tail = &fin.queue;
		store_seq(&fin.server.wanted, 0);
	}
	rt_about_unlock();
	return (Final *)a;
}

// The collector's goroutine calls this after a collection.
void
rt_final_wake(void)
{
	rt_server_wake(&fin.server);
}

// A finalizer has ended the goroutine by go_exit. A new one runs the other finalizers.
static void
exited(void *arg)
{
	(void)arg;
	start();
}

// While this goroutine runs the program's code it is one of the program's, as in Go: it is counted
// and shown. Each finalizer has its own deferred calls. Not inlined: in the frame of run, which
// waits next, p would keep the block.
MAYSWITCH NOINLINE static void
call(Final *f)
{
	Defer last = {.fn = exited};
	GoFunc fn = f->fn;
	void *p = f->p;

	rt_free(f);
	rt_set_system(false);
	rt_deferpush(&last);
	fn(p);
	rt_rundefers(&last);
	rt_deferdrop(&last);
	rt_set_system(true);
}

MAYSWITCH static void
run(void *arg)
{
	Final *f;

	(void)arg;
	for (;;) {
		while ((f = take()) != NULL)
			call(f);
		rt_server_wait(&fin.server, WaitFinalizer);
	}
}

static void
start(void)
{
	static const Site site = {"", "", 0};

	rt_newhelper(run, FinalizerStack, &site);
}

// --- collecting; the lock is held ---

void
rt_final_scan(Worker *w)
{
	for (size_t i = 0; i < fin.table.nbuckets; i++)
		for (About *a = fin.table.buckets[i]; a; a = a->next) {
			Span *s = rt_spanof(~a->hidden);

			if (!s->noscan)
				rt_mark_range(w, ~a->hidden, ~a->hidden + s->size);
		}
}

void
rt_final_collect(void)
{
	for (size_t i = 0; i < fin.table.nbuckets; i++)
		for (About **at = &fin.table.buckets[i], *a; (a = *at) != NULL;) {
			uint8_t *state = rt_about_state(a->hidden);

			if (*state & ObjMark) {
				at = &a->next;
				continue;
			}
			*state |= ObjMark; // the block stays for the call
			rt_about_remove(&fin.table, at);
			((Final *)a)->p = rt_unhide(a->hidden);
			*fin.tail = a;
			fin.tail = &a->next;
			store_seq(&fin.server.wanted, 1);
		}
}

// --- what programs call ---

void
go_set_finalizer(void *p, GoFunc fn)
{
	uint32_t i;
	Span *s = rt_about_block(p, &i);
	bool first;

	if (!s || (uintptr_t)p != s->base + i * s->size) {
		rt_printf("runtime: go_set_finalizer(%p): no block of go_alloc's begins there\n",
		          p);
		rt_throw("finalizer: not at the beginning of collected memory");
	}
	rt_about_lock();
	set_locked(p, fn);
	first = fn && !fin.started;
	fin.started |= first;
	rt_about_unlock();
	if (first)
		start();
}
