#include "leak.h"

#include "../base/gmp.h"
#include "../base/os.h"
#include "../base/self.h"
#include "../sched/sema.h"
#include "../gc/gc.h"
#include "owned.h"
#include "scan.h"

enum { MaxRanges = 16 };

// Used only by whoever stopped the world.
static struct {
	G *found; // reached and not yet scanned; linked by schedlink
	bool again;
} look;

// --- the goroutines ---

static G *
owner(uintptr_t p)
{
	const Owned *o = rt_owned_find(p);

	return o ? o->gp : NULL;
}

// Enters the goroutines that may be leaked. False: no memory, or frames are hidden.
static bool
enter_all(void)
{
	uint32_t n = load_acq(&allglen);

	if (!rt_owned_begin())
		return false;
	for (uint32_t i = 0; i < n; i++) {
		G *gp = allg_at(i);

		gp->leaked = rt_look_waits(gp);
		if (rt_roots_hidden_g(gp))
			return false;
		if (gp->leaked)
			rt_owned_enter(gp, 0);
	}
	rt_owned_sort();
	return true;
}

// --- marking ---

static void
found(G *gp)
{
	if (!gp->leaked)
		return;
	gp->leaked = false;
	gp->schedlink = look.found; // free to use: gp is in no queue of the scheduler
	look.found = gp;
}

static void
other(Worker *w, uintptr_t p)
{
	G *gp = p % sizeof(uint32_t) == 0 ? owner(p) : NULL; // things are aligned

	(void)w;
	if (gp)
		found(gp);
}

static void
settle(Worker *w)
{
	G *gp;

	rt_mark_drain(w);
	while ((gp = look.found) != NULL) {
		look.found = gp->schedlink;
		rt_roots_scan_g(w, gp);
		rt_mark_drain(w);
	}
}

static void
mark_gs(Worker *w)
{
	uint32_t n = load_acq(&allglen);
	G *self = rt_g();

	for (uint32_t i = 0; i < n; i++) {
		G *gp = allg_at(i);

		if (gp != self && !gp->leaked)
			rt_roots_scan_g(w, gp);
	}
}

// Can somebody reach this word?
static bool
reached(uintptr_t p)
{
	OsRange r[MaxRanges];
	size_t n = os_roots(r, MaxRanges);
	Span *s = rt_spanof(p);
	G *gp;

	if (s)
		return s->state[rt_blockof(s, p)] & ObjMark;
	for (size_t i = 0; i < n; i++)
		if (p >= r[i].lo && p < r[i].hi)
			return true;
	gp = owner(p);
	return !gp || !gp->leaked;
}

static void
ask(void *worker, const SemaWaiter *waiter)
{
	if (!waiter->gp->leaked || !reached((uintptr_t)waiter->sema))
		return;
	found(waiter->gp);
	settle(worker);
	look.again = true;
}

bool
rt_leak_find(void)
{
	Worker w = {.other = other};

	rt_sweep_all(); // then there are no marks but ours
	if (!enter_all())
		return false;
	rt_look_begin();
	rt_roots_data(&w);
	rt_final_scan(&w);
	mark_gs(&w);
	settle(&w);
	do {
		look.again = false;
		rt_semaeach(ask, &w);
	} while (look.again);
	rt_look_end();
	return true;
}
