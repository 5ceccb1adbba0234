#include <stdlib.h>
#include <string.h>

#include "../base/debug.h"
#include "../base/os.h"
#include "../base/print.h"
#include "../mem/malloc.h"
#include "../sched/sched.h"
#include "../sched/world.h"
#include "../sync/panic.h"
#include "../sched/sema.h"
#include "dump.h"
#include "goprof.h"
#include "traceback.h"

// What a program asks about itself: go_stack, go_callers, the goroutine and thread-creation
// profiles. As in the seed, the answer is n and ok, and a buffer that is too small is left alone.

enum { SelfMax = 2048, MaxCallers = 1 << 20 };

NOINLINE size_t
go_stack(char *buf, size_t size, bool all)
{
	uint32_t *pcs = malloc(SelfMax * sizeof *pcs);
	size_t n = pcs ? rt_callers(1, pcs, SelfMax) : 0; // not go_stack itself
	Dump d = all ? rt_dump_collect(pcs, n, rt_gotraceback(NULL) > 1) : rt_dump_self(pcs, n);

	free(pcs);
	n = size > 0 && d.head ? rt_dump_print_into(buf, size, &d, rt_gotraceback(NULL)) : 0;
	rt_dump_free(&d);
	return n;
}

NOINLINE size_t
go_callers(int skip, uintptr_t *pcs, size_t max)
{
	uint32_t *own;
	size_t n;

	if (max == 0)
		return 0;
	rt_nonil(pcs);
	if (max > MaxCallers)
		max = MaxCallers;
	own = malloc(max * sizeof *own);
	if (!own)
		return 0;
	n = rt_callers((uint32_t)(skip < 0 ? 0 : skip) + 1, own, max);
	for (size_t i = 0; i < n; i++)
		pcs[i] = own[i];
	free(own);
	return n;
}

size_t
go_func_for_pc(uintptr_t pc, GoFrame *out, size_t max)
{
	size_t n = 0;
	Loc loc;

	if (max > 0)
		rt_nonil_here(out);
	for (bool more = rt_symtab_loc((uint32_t)pc, &loc); more; n++) {
		Loc parent;

		more = rt_symtab_parent(&loc, &parent);
		if (n < max)
			out[n] = (GoFrame){loc.func, loc.file, (int)loc.line,
			                   rt_symtab_entry((uint32_t)pc), more};
		if (more)
			loc = parent;
	}
	return n;
}

MAYSWITCH static void
check_room(const GoStackRecord *records, size_t max, const size_t *n)
{
	rt_nonil(n);
	if (max > 0)
		rt_nonil(records);
}

// Fills a record. A 0 ends it if there is room; nothing is written behind that.
static void
saveg(GoStackRecord *r, const uint32_t *pcs, size_t n)
{
	if (n > MaxStackRecord)
		n = MaxStackRecord;
	for (size_t i = 0; i < n; i++)
		r->pcs[i] = pcs[i];
	if (n < MaxStackRecord)
		r->pcs[n] = 0;
}

// The world is stopped, and there is room for all goroutines.
static void
save_all(GoStackRecord *r, const uint32_t *selfpcs, size_t nself)
{
	G *self = rt_g();
	uint32_t pcs[MaxStackRecord];

	saveg(r++, selfpcs, nself);
	for (uint32_t i = 0; i < load_acq(&allglen); i++) {
		G *gp = allg_at(i);
		uint32_t status = load_acq(&gp->status);

		if (gp == self || status == Gdead || gp->system)
			continue;
		if (status == Gsyscall && !gp->inplace)
			saveg(r++, gp->syspcs ? gp->syspcs + 1 : NULL,
			      gp->syspcs ? gp->syspcs[0] : 0);
		else
			saveg(r++, pcs, rt_gentraceback(gp, 0, pcs, MaxStackRecord));
	}
}

NOINLINE bool
go_goroutine_profile(GoStackRecord *records, size_t max, size_t *n)
{
	uint32_t pcs[MaxStackRecord];
	size_t nself;
	bool ok;

	check_room(records, max, n);
	*n = (size_t)rt_gcount();
	if (*n > max)
		return false; // nothing is stopped
	nself = rt_callers(1, pcs, MaxStackRecord);
	rt_world_begin();
	*n = (size_t)rt_gcount();
	ok = *n <= max;
	if (ok)
		save_all(records, pcs, nself);
	rt_world_end();
	return ok;
}

typedef struct LeakAsk LeakAsk;
struct LeakAsk {
	GoStackRecord *records;
	size_t max, n;
	uint32_t done;
	bool ok;
};

static void
save_leaked(LeakAsk *ask, const Dump *d)
{
	const DumpG *w = rt_dump_first(d);

	ask->n = d->head->n;
	ask->ok = ask->n <= ask->max;
	for (size_t i = 0; ask->ok && i < ask->n; i++) {
		saveg(&ask->records[i], w->pcs, w->npcs);
		w = rt_dump_next(w);
	}
}

MAYSWITCH static void
look_for_leaks(void *arg)
{
	LeakAsk *ask = arg;
	Dump d;

	if (rt_dump_leaked(&d))
		save_leaked(ask, &d);
	rt_dump_free(&d);
	rt_semrelease(&ask->done, false);
}

bool
go_goroutine_leak_profile(GoStackRecord *records, size_t max, size_t *n)
{
	static const Site site = {"", "", 0};
	LeakAsk ask = {.records = records, .max = max, .n = SIZE_MAX};

	check_room(records, max, n);
	// A service goroutine looks: then the locals of the caller can be read, too.
	rt_newproc(look_for_leaks, &ask, 32 << 10, &site, true);
	rt_semacquire(&ask.done, WaitGC);
	*n = ask.n;
	return ask.ok;
}

MAYSWITCH bool
go_thread_create_profile(GoStackRecord *records, size_t max, size_t *n)
{
	M *first = (M *)loadp_acq(&sched.allm);

	check_room(records, max, n);
	*n = 0;
	for (M *mp = first; mp; mp = mp->alllink)
		++*n;
	if (*n > max)
		return false;
	for (M *mp = first; mp; mp = mp->alllink)
		saveg(records++, mp->createstack, load_acq(&mp->ncreate));
	return true;
}

// The frames of a goroutine in a host call are on its worker's engine stack, where nobody can read
// them. So the frames at the entry of the call are kept.
void
rt_keepframes(G *gp)
{
	if (!gp->syspcs)
		gp->syspcs = malloc((1 + DumpMaxFrames) * sizeof(uint32_t));
	if (gp->syspcs)
		gp->syspcs[0] = (uint32_t)rt_gentraceback(gp, 0, gp->syspcs + 1, DumpMaxFrames);
	if (gp->syspcs && gp->syspcs[0] > DumpMaxFrames)
		gp->syspcs[0] = DumpMaxFrames;
}

size_t
rt_program_frames(const G *gp, uint32_t *w, size_t n, size_t max, const char *above)
{
	size_t kept = 0, stored;
	bool begun = false;
	Loc loc;

	for (size_t i = 0; i < n; i++)
		w[i] = rt_symtab_engine(w[2 * i], w[2 * i + 1]);
	n = rt_with_rest(gp, w, n, max, true);
	stored = n < max ? n : max;
	for (size_t i = 0; i < stored; i++) {
		if (!rt_symtab_loc(w[i], &loc))
			continue;
		if (!begun && loc.kind == KindRuntime) {
			begun = above && strcmp(loc.func, above) == 0;
			continue;
		}
		begun = true;
		w[kept++] = w[i];
	}
	return n > max ? n : kept;
}

// Keeps the engine's frames of this thread while its goroutine waits in place.
void
rt_keepinplace(M *mp, uint32_t poll)
{
	size_t n, want;

	mp->partial = false;
	for (;;) {
		n = os_stack(mp->below, mp->belowcap / 2);
		want = 2 * n;
		if (n <= mp->belowcap / 2) {
			n = rt_program_frames(mp->curg, mp->below, n, mp->belowcap, NULL);
			want = n + CompleteRoom;
		}
		if (want <= mp->belowcap)
			break;
		free(mp->below);
		mp->belowcap = (uint32_t)want + 64;
		mp->below = malloc(mp->belowcap * sizeof *mp->below);
		if (!mp->below) {
			mp->belowcap = 0;
			mp->nbelow = 0;
			return;
		}
	}
	mp->nbelow = (uint32_t)rt_complete(mp->curg, poll, mp->below, n, &mp->partial);
}

// The goroutine that needs a worker runs, so the engine gives its frames. That costs little beside
// the 24 ms in which a worker starts. A goroutine that gave up its P for a host call has kept its
// own frames.
void
rt_keepcreator(M *mp)
{
	uint32_t pairs[2 * MaxStackRecord];
	M *self = rt_m();
	const uint32_t *kept = self && self->curg ? self->curg->syspcs : NULL;
	size_t n;

	if (!self)
		return; // made by the host
	if (kept && load_relaxed(&self->curg->status) == Gsyscall && !self->curg->inplace) {
		n = kept[0] < MaxStackRecord ? kept[0] : MaxStackRecord;
		memcpy(mp->createstack, kept + 1, n * sizeof *kept);
	} else {
		n = os_stack(pairs, MaxStackRecord);
		if (n > MaxStackRecord)
			n = MaxStackRecord;
		for (size_t i = 0; i < n; i++)
			mp->createstack[i] = rt_symtab_engine(pairs[2 * i], pairs[2 * i + 1]);
		n = rt_with_rest(self->curg, mp->createstack, n, MaxStackRecord, false);
		if (n > MaxStackRecord)
			n = MaxStackRecord;
	}
	store_rel(&mp->ncreate, (uint32_t)n);
}

int
go_num_goroutine(void)
{
	return rt_gcount();
}

uint32_t
rt_own_frames(uint32_t *pairs, const char *above)
{
	size_t n = os_stack_top(pairs, OwnPairs), kept;
	M *mp = rt_m();
	const G *gp = mp ? mp->curg : NULL;

	kept = rt_program_frames(gp, pairs, n < OwnPairs ? n : OwnPairs, 2 * OwnPairs, NULL);
	if (kept == 0) {
		n = os_stack_top(pairs, OwnPairs);
		kept = rt_program_frames(gp, pairs, n < OwnPairs ? n : OwnPairs, 2 * OwnPairs,
		                         above);
	}
	return kept < MaxStackRecord ? (uint32_t)kept : MaxStackRecord;
}
