#include "newproc.h"

#include <stdlib.h>
#include <string.h>

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "../worldsema.h"
#include "spinning.h"
#include "stack.h"

// The birth and death of goroutines. Records are never freed. A dead one waits in its P's list or
// in the global list, and keeps its place in allg. Its id is never used again.

G **allgchunks[AllgChunks];
AtomicU32 allglen;

static Lock allglock = LOCK_INIT(RankAllg);

enum { GfreeMax = 64, IdBatch = 16, RecordSlab = 64 };

// --- the free lists ---

static G *
gfget_global(P *pp)
{
	G *gp;

	rt_lock(&sched.gflock);
	while (pp && pp->ngfree < GfreeMax / 2 && (gp = sched.gfree) != NULL) {
		sched.gfree = gp->schedlink;
		sched.ngfree--;
		gp->schedlink = pp->gfree;
		pp->gfree = gp;
		pp->ngfree++;
	}
	gp = NULL;
	if (!pp && (gp = sched.gfree) != NULL) {
		sched.gfree = gp->schedlink;
		sched.ngfree--;
	}
	rt_unlock(&sched.gflock);
	return gp;
}

static G *
gfget(P *pp)
{
	G *gp;

	if (!pp)
		return load_relaxed(&sched.ngfree) ? gfget_global(NULL) : NULL;
	if (!pp->gfree && load_relaxed(&sched.ngfree))
		gfget_global(pp);
	gp = pp->gfree;
	if (gp) {
		pp->gfree = gp->schedlink;
		pp->ngfree--;
	}
	return gp;
}

static void
gfput_global(G *gp)
{
	rt_lock(&sched.gflock);
	gp->schedlink = sched.gfree;
	sched.gfree = gp;
	sched.ngfree++;
	rt_unlock(&sched.gflock);
}

static void
gfput(P *pp, G *gp)
{
	if (!pp) {
		gfput_global(gp);
		return;
	}
	gp->schedlink = pp->gfree;
	pp->gfree = gp;
	if (++pp->ngfree < GfreeMax)
		return;
	while (pp->ngfree > GfreeMax / 2) {
		gp = pp->gfree;
		pp->gfree = gp->schedlink;
		pp->ngfree--;
		gfput_global(gp);
	}
}

void
rt_gfpurge(P *pp)
{
	while (pp->gfree) {
		G *gp = pp->gfree;

		pp->gfree = gp->schedlink;
		pp->ngfree--;
		gfput_global(gp);
	}
}

// --- birth ---

// A new record. It is in allg before any other thread can see it.
static G *
newrecord(void)
{
	static G *slab;
	static uint32_t left;
	uint32_t i;
	G *gp;

	rt_lock(&allglock);
	if (left == 0) {
		slab = os_alloc(RecordSlab * sizeof *slab);
		left = slab ? RecordSlab : 0;
	}
	i = load_relaxed(&allglen);
	if (i / AllgChunk < AllgChunks && !allgchunks[i / AllgChunk])
		allgchunks[i / AllgChunk] = os_alloc(AllgChunk * sizeof(G *));
	if (left == 0 || i / AllgChunk >= AllgChunks || !allgchunks[i / AllgChunk]) {
		rt_unlock(&allglock);
		rt_printf("runtime: out of memory: cannot make goroutine number %u\n", i + 1);
		rt_throw("out of memory");
	}
	gp = slab++;
	left--;
	gp->alli = i;
	store_relaxed(&gp->status, Gdead);
	allgchunks[i / AllgChunk][i % AllgChunk] = gp;
	store_rel(&allglen, i + 1);
	rt_unlock(&allglock);
	return gp;
}

static uint64_t
newid(P *pp, bool system)
{
	static AtomicU64 sysids;

	if (system)
		return ServiceIds + add64_seq(&sysids, 1);
	if (!pp)
		return add64_seq(&sched.idgen, 1);
	if (pp->idcache == pp->idcacheend) {
		pp->idcacheend = add64_seq(&sched.idgen, IdBatch);
		pp->idcache = pp->idcacheend - IdBatch;
	}
	return ++pp->idcache;
}

// Adds more, which may be negative, to the number of goroutines. Each P has its own count. That may
// be negative too: a goroutine may end on another P than it began on.
static void
count(P *pp, int32_t more)
{
	if (pp)
		store_relaxed(&pp->ngcount, load_relaxed(&pp->ngcount) + (uint32_t)more);
	else
		add_seq(&sched.ngcount, (uint32_t)more);
}

static void
givestack(G *gp, size_t bytes)
{
	if (bytes == 0)
		bytes = StackDefault;
	if (gp->stack_lo && gp->stack_bytes == bytes)
		return;
	if (gp->stack_lo)
		rt_stackfree(gp->stack_lo, gp->stack_bytes);
	gp->stack_lo = rt_stackalloc(bytes, &gp->stack_bytes);
	gp->stack_hi = gp->stack_lo + rt_stack_live(gp->stack_bytes) + os_ctx_room();
	*(uint32_t *)gp->stack_lo = STACK_CANARY;
}

enum NewKind { NewGoroutine, NewThread, NewService, NewHelper };

static G *
newproc(void (*fn)(void *), void *arg, size_t stack_bytes, const Site *site, enum NewKind kind)
{
	bool system = kind == NewService || kind == NewHelper;
	M *mp = rt_m();
	P *pp = mp ? mp->p : NULL;
	G *self = rt_g(), *gp = gfget(pp);

	if (!gp)
		gp = newrecord();
	givestack(gp, stack_bytes);
	gp->fn = fn;
	gp->arg = arg;
	gp->nsaved = 0;
	gp->reason = WaitNewGoroutine;
	gp->system = system;
	gp->running = 0;
	gp->label = self && !system ? self->label : NULL;
	gp->site = site;
	gp->parent = self ? self->id : 0;
	gp->id = newid(pp, kind == NewService);
	os_ctx_init(gp);
	if (system)
		add_seq(&sched.ngsys, 1);
	count(pp, 1);
	rt_trace_go(mp, gp);
	store_relaxed(&gp->status, Grunnable); // the queue publishes it
	if (pp) {
		rt_runqput(pp, gp, kind != NewThread);
	} else {
		rt_lock(&sched.lock);
		rt_globrunqput_locked(gp);
		rt_unlock(&sched.lock);
	}
	if (sched.mainstarted && rt_nobody_looks())
		rt_wakep();
	return gp;
}

G *
rt_newproc(void (*fn)(void *), void *arg, size_t stack_bytes, const Site *site, bool system)
{
	return newproc(fn, arg, stack_bytes, site, system ? NewService : NewGoroutine);
}

G *
rt_newthread(void (*fn)(void *), void *arg, size_t stack_bytes, const Site *site)
{
	return newproc(fn, arg, stack_bytes, site, NewThread);
}

G *
rt_newhelper(void (*fn)(void *), size_t stack_bytes, const Site *site)
{
	return newproc(fn, NULL, stack_bytes, site, NewHelper);
}

void
rt_set_system(bool system)
{
	G *gp = rt_g();

	if (gp->system == system)
		return;
	gp->system = system;
	add_seq(&sched.ngsys, system ? 1 : (uint32_t)-1);
}

// Sites of C++, where go is a function: one for each place in the source (address of the file's
// name, and line). Never freed. When the table is full, all further places share one site.
enum { Sites = 2048 };

const GoSite *
go_site_(const char *func, const char *file, int line)
{
	static AtomicPtr sites[Sites];
	static const GoSite other = {"?", "?", 0};
	uint32_t at = (uint32_t)((uintptr_t)file * 31 + (uint32_t)line) * 0x9e3779b1u >> 16;
	GoSite *made = NULL;

	for (uint32_t n = 0; n < Sites; n++, at++) {
		AtomicPtr *slot = &sites[at % Sites];
		const GoSite *site = (const GoSite *)loadp_acq(slot);

		if (!site) {
			if (!made && (made = malloc(sizeof *made)))
				*made = (GoSite){func, file, line};
			if (!made)
				return &other;
			if (casp_acqrel(slot, 0, (uintptr_t)made))
				return made;
			site = (const GoSite *)loadp_acq(slot);
		}
		if (site->line == line && site->file == file && site->func == func) {
			free(made);
			return site;
		}
	}
	free(made);
	return &other;
}

void
go_at(GoFunc fn, void *arg, size_t stack_bytes, const GoSite *site)
{
	if (!fn)
		rt_throw("go of nil func value");
	if (stack_bytes > StackMax) {
		rt_printf("runtime: goroutine stack of %U bytes asked for; the limit is %U\n",
		          (uint64_t)stack_bytes, (uint64_t)StackMax);
		rt_throw("go: stack size out of range");
	}
	rt_newproc(fn, arg, stack_bytes, site, false);
}

// --- death ---

static void
rundefers(void *arg)
{
	(void)arg;
	rt_hooks.on_goexit(rt_g());
}

NORETURN void
rt_goexit_stuck(void)
{
	rt_throw("proc: go_exit in a callback from foreign code, which cannot be unwound");
}

// On the M's stack: gp's function has returned, or gp called go_exit.
void
rt_goexit0(M *mp, G *gp)
{
	if (gp->inplace)
		rt_goexit_stuck();
	// Deferred calls run on the goroutine's own stack, so it runs once more.
	if (gp->defers && rt_hooks.on_goexit) {
		rt_trace_leave(mp, LeftYield, WaitNone);
		gp->fn = rundefers;
		gp->nsaved = 0;
		os_ctx_init(gp);
		mp->curg = NULL;
		gp->m = NULL;
		store_rel(&gp->status, Grunnable);
		rt_runqput(mp->p, gp, true);
		return;
	}
	rt_trace_leave(mp, LeftEnd, WaitNone);
	mp->curg = NULL;
	gp->m = NULL;
	if (gp->lockedm) {
		gp->lockedm->lockedg = NULL;
		gp->lockedm = NULL;
		gp->lockcount = 0;
	}
	gp->nsaved = 0;
	gp->param = NULL;
	if (unlikely(gp->lastpanic != NULL)) {
		free(gp->lastpanic);
		gp->lastpanic = NULL;
	}
	gp->writer.buf = NULL;
	gp->panics = NULL;
	gp->protect = NULL;
	gp->framed = NULL;
	free(gp->syspcs);
	gp->syspcs = NULL;
	os_ctx_free(gp);
	count(mp->p, -1);
	if (gp->system)
		add_seq(&sched.ngsys, (uint32_t)-1);
	store_relaxed(&gp->status, Gdead);
	// Records in the lists have default stacks, or none.
	if (gp->stack_bytes != StackDefault) {
		rt_stackfree(gp->stack_lo, gp->stack_bytes);
		gp->stack_lo = 0;
		gp->stack_bytes = 0;
	}
	gfput(mp->p, gp);
}

void
rt_goexit(void)
{
	os_mcall(rt_goexit0);
	rt_throw("proc: a dead goroutine ran on");
}

int
rt_gcount(void)
{
	uint32_t n = load_seq(&sched.ngcount) - load_seq(&sched.ngsys);

	for (int i = 0; i < MaxProcs && allp[i]; i++)
		n += load_relaxed(&allp[i]->ngcount);
	return (int32_t)n > 0 ? (int)n : 0;
}
