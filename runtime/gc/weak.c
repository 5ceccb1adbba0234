#include "../base/print.h"
#include "../base/throw.h"
#include "about.h"
#include "gc.h"

// Weak references. A handle gives its address for as long as something else keeps the block there.
// After Go's package weak.
//
// A handle is itself a collected block, whose word the collector does not read. Each address has
// one handle, so that equal addresses have equal handles. The table keeps neither the block nor the
// handle alive.

struct GoWeak {
	uintptr_t hidden; // the address; 0 once its block is gone
};

typedef struct Weak Weak;
struct Weak {
	About about;
	uintptr_t handle; // hidden
};

static AboutTable table;
static About *dropped; // records to free when the world runs

static void
free_dropped_locked(void)
{
	About *a;

	while ((a = dropped) != NULL) {
		dropped = a->next;
		rt_free(a);
	}
}

static GoWeak *
make_locked(void *p, About **at)
{
	Weak *w = rt_calloc(1, sizeof *w);
	GoWeak *handle = rt_new_again(sizeof *handle, true);

	if (!w || !handle)
		rt_throw("weak reference: out of memory");
	handle->hidden = rt_hide(p);
	w->handle = rt_hide(handle);
	rt_about_insert(&table, at, &w->about, p);
	return handle;
}

GoWeak *
rt_weak_make(void *p)
{
	uint32_t i;
	About **at;
	GoWeak *handle;

	if (!p)
		return NULL;
	if (!rt_about_block(p, &i)) {
		rt_printf("runtime: go_weak_make(%p): no block of go_alloc's is there\n", p);
		rt_throw("weak reference: not to collected memory");
	}
	rt_about_lock();
	free_dropped_locked();
	at = rt_about(&table, p);
	handle = *at ? rt_unhide(((Weak *)*at)->handle) : make_locked(p, at);
	rt_about_unlock();
	return handle;
}

// Removes the record of each handle that is garbage, or whose block is.
void
rt_weak_collect(void)
{
	for (size_t i = 0; i < table.nbuckets; i++)
		for (About **at = &table.buckets[i], *a; (a = *at) != NULL;) {
			Weak *w = (Weak *)a;
			bool held = *rt_about_state(w->handle) & ObjMark;

			if (held && (*rt_about_state(a->hidden) & ObjMark)) {
				at = &a->next;
				continue;
			}
			if (held)
				((GoWeak *)rt_unhide(w->handle))->hidden = 0;
			rt_about_remove(&table, at);
			a->next = dropped;
			dropped = a;
		}
}

void *
go_weak_value(const GoWeak *weak)
{
	return weak && weak->hidden ? rt_unhide(weak->hidden) : NULL;
}
