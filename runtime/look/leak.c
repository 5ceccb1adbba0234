#include "leak.h"

#include "../base/gmp.h"
#include "../base/os.h"
#include "../base/self.h"
#include "../sched/sema.h"
#include "../gc/about.h"
#include "../gc/gc.h"
#include "owned.h"

enum { MaxRanges = 16 };

// Whoever stopped the world has it.
static struct {
	G *found; // reached, and not yet scanned; by schedlink
	bool again;
} look;

// --- who is where ---

static G *
owner(uintptr_t p)
{
	const Owned *o = rt_owned_find(p);

	return o ? o->gp : NULL;
}

bool
rt_leak_waits(const G *gp)
{
	if (load_acq(&gp->status) != Gwaiting || gp->system)
		return false;
	switch (gp->reason) {
	case WaitChanSend:
	case WaitChanSendNil:
	case WaitChanReceive:
	case WaitChanReceiveNil:
	case WaitSelect:
	case WaitSelectNoCases:
	case WaitSemacquire:
	case WaitMutexLock:
	case WaitRWMutexRLock:
	case WaitRWMutexLock:
	case WaitWaitGroup:
	case WaitCond:
		return true;
	default:
		return false;
	}
}

// Those that may be leaked. False: no memory, or something is hidden.
static bool
enter_all(void)
{
	uint32_t n = load_acq(&allglen);

	if (!rt_owned_begin())
		return false;
	for (uint32_t i = 0; i < n; i++) {
		G *gp = allg_at(i);

		gp->leaked = rt_leak_waits(gp);
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
	gp->schedlink = look.found; // it is in no queue of the scheduler
	look.found = gp;
}

static void
other(Worker *w, uintptr_t p)
{
	G *gp = p % sizeof(uint32_t) == 0 ? owner(p) : NULL; // what is waited for is aligned

	(void)w;
	if (gp)
		found(gp);
}

static void
scan_g(Worker *w, const G *gp)
{
	OsRange r[RootsOfG];
	size_t n = rt_roots_of(gp, r);

	for (size_t i = 0; i < n; i++)
		rt_mark_range(w, r[i].lo, r[i].hi);
}

static void
settle(Worker *w)
{
	G *gp;

	rt_mark_drain(w);
	while ((gp = look.found) != NULL) {
		look.found = gp->schedlink;
		scan_g(w, gp);
		rt_mark_drain(w);
	}
}

void
rt_leak_pass(uintptr_t p)
{
	Span *s = rt_spanof(p);

	if (s && s->kind == SpanMalloc)
		s->state[rt_blockof(s, p)] |= ObjMark;
}

static void
mark_gs(Worker *w)
{
	uint32_t n = load_acq(&allglen);
	G *self = rt_g();

	for (uint32_t i = 0; i < n; i++) {
		G *gp = allg_at(i);

		if (gp != self && !gp->leaked)
			scan_g(w, gp);
	}
}

// Can somebody get at this word?
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

void
rt_leak_unmark(void)
{
	for (uintptr_t page = rt_mheap.lo; page < rt_mheap.hi;) {
		Span *s = rt_spans[page];

		if (!s) {
			page++;
			continue;
		}
		if (s->kind != SpanFree)
			for (uint32_t i = 0; i < s->nelems; i++)
				s->state[i] &= (uint8_t)~ObjMark;
		page += s->npages;
	}
}

bool
rt_leak_find(void)
{
	Worker w = {.other = other};

	rt_sweep_all(); // then there are no marks but ours
	if (!enter_all())
		return false;
	rt_about_lock();
	rt_mem_lock();
	rt_roots_data(&w);
	rt_final_scan(&w);
	mark_gs(&w);
	settle(&w);
	do {
		look.again = false;
		rt_semaeach(ask, &w);
	} while (look.again);
	rt_leak_unmark();
	rt_mem_unlock();
	rt_about_unlock();
	return true;
}
