#include "dump.h"

#include <stdlib.h>
#include <string.h>

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../base/print.h"
#include "../base/self.h"
#include "../base/throw.h"
#include "../base/os.h"
#include "../look/leak.h"
#include "../look/waits.h"
#include "../mem/malloc.h"
#include "../sched/world.h"
#include "../worldsema.h"
#include "traceback.h"

// Pauses between the attempts to find leaks, in ns: about a second in all.
enum { FirstPause = 1000000, LastPause = FirstPause << 9 };

enum {
	DumpHeadWords = sizeof(DumpHead) / sizeof(uint32_t),
	DumpGWords = sizeof(DumpG) / sizeof(uint32_t),
	DumpDetailWords = DetailBytes / sizeof(uint32_t),
};

// --- collecting ---

// Puts at most max frames of gp into w. Returns how many there are.
ALWAYS_INLINE size_t
collect_frames(G *gp, DumpG *w, size_t max, const uint32_t *pcs, size_t npcs)
{
	if (!pcs && w->status == Gsyscall && !gp->inplace) {
		if (!gp->syspcs)
			return 0; // the frames are on a worker's engine stack, and none were kept
		pcs = gp->syspcs + 1;
		npcs = gp->syspcs[0];
	}
	if (!pcs)
		return rt_gentraceback(gp, 0, w->pcs, max);
	for (size_t i = 0; i < npcs && i < max; i++)
		w->pcs[i] = pcs[i];
	return npcs;
}

// Puts one goroutine at w, which has room for max words. Returns how many it took; 0: no room.
static size_t
collect_one(G *gp, DumpG *w, size_t max, const uint32_t *pcs, size_t npcs, int64_t now)
{
	const M *mp = gp->inplace ? gp->inplace : gp->m;
	size_t n;

	if (max < DumpGWords)
		return 0;
	max -= DumpGWords;
	// One by one: a literal would be made elsewhere, and copied.
	w->id = split64(gp->id);
	w->status = rt_isrunning(gp) ? Grunning : load_relaxed(&gp->status);
	w->reason = gp->reason;
	w->flags = (gp->lockedm ? DumpLocked : 0u) | (gp->system ? DumpSystem : 0u) |
	           (gp->inplace ? DumpInPlace : 0u) | (gp->leaked ? DumpLeaked : 0u) |
	           (pcs ? npcs == 0 || rt_lines_unknown(pcs, npcs)
	                : gp->inplace && gp->inplace->partial) *
	                   DumpPartial;
	w->wait_ns =
		split64(gp->waitsince && now > gp->waitsince ? (uint64_t)(now - gp->waitsince) : 0);
	w->parent = split64(gp->parent);
	w->thread = mp ? (uint32_t)mp->id + 1 : 0;
	w->site = (uint32_t)(uintptr_t)gp->site;
	w->label = (uint32_t)(uintptr_t)gp->label;
	n = collect_frames(gp, w, max, pcs, npcs);
	if (n > max)
		return 0;
	w->npcs = (uint32_t)n;
	if (w->status != Gwaiting || w->reason != WaitHostCall || !gp->detail)
		return DumpGWords + n;
	if (max - n < DumpDetailWords)
		return 0;
	w->flags |= DumpDetail;
	strncpy((char *)(w->pcs + n), gp->detail, DetailBytes);
	return DumpGWords + n + DumpDetailWords;
}

enum Whom { WhomProgram, WhomAll, WhomLeaked, WhomWaits };

static bool
wanted(const G *gp, enum Whom whom)
{
	if (load_acq(&gp->status) == Gdead)
		return false;
	switch (whom) {
	case WhomAll:
		return true;
	case WhomLeaked:
		return gp->leaked;
	case WhomWaits:
		return rt_waits_tell(gp);
	default:
		return !gp->system;
	}
}

// Begins a dump without goroutines.
static DumpG *
begin(Dump *d)
{
	*d->head = (DumpHead){.magic = DumpMagic, .version = AbiVersion};
	d->n = DumpHeadWords;
	return (DumpG *)(d->head + 1);
}

// The n goroutines end before the word end.
static void
finish(Dump *d, const void *end, uint32_t n)
{
	d->n = (size_t)((const uint32_t *)end - (const uint32_t *)d->head);
	d->head->n = n;
	d->head->waits = (uint32_t)d->n;
}

// The world is stopped. Returns false when the words did not fit.
static bool
collect(Dump *d, size_t cap, const uint32_t *selfpcs, size_t nself, enum Whom whom)
{
	uint32_t *w = (uint32_t *)begin(d), *end = (uint32_t *)d->head + cap, count = 0;
	G *self = rt_g();
	int64_t now = os_nanotime();
	size_t got;

	if (whom <= WhomAll && !self->system) {
		w += got = collect_one(self, (DumpG *)w, (size_t)(end - w), selfpcs, nself, now);
		if (!got)
			return false;
		count++;
	}
	for (uint32_t i = 0, n = load_acq(&allglen); i < n; i++) {
		G *gp = allg_at(i);

		if (gp == self || !wanted(gp, whom))
			continue;
		w += got = collect_one(gp, (DumpG *)w, (size_t)(end - w), NULL, 0, now);
		if (!got)
			return false;
		count++;
	}
	finish(d, w, count);
	if (whom == WhomWaits) {
		if (cap - d->n < rt_waits_nwords())
			return false;
		rt_waits_write((WaitsHead *)w);
		d->n += rt_waits_nwords();
	}
	return true;
}

// Replaces the dump by room for cap words. False: out of memory.
static bool
make_room(Dump *d, size_t cap)
{
	rt_free(d->head);
	d->head = rt_malloc_noscan(cap * sizeof(uint32_t));
	d->n = 0;
	return d->head != NULL;
}

// Stores how long the world was stopped, and how long the dump took since the given time.
static void
put_times(DumpHead *head, int64_t stopped, int64_t since)
{
	head->stopped_ns = split64((uint64_t)stopped);
	head->total_ns = split64((uint64_t)(os_nanotime() - since));
}

static size_t
likely_words(void)
{
	return 1024 + (size_t)rt_gcount() * (DumpGWords + 8);
}

Dump
rt_dump_self(const uint32_t *pcs, size_t n)
{
	Dump d = {NULL, 0};
	size_t cap = DumpHeadWords + DumpGWords + n;

	if (make_room(&d, cap)) {
		DumpG *w = begin(&d);

		finish(&d, (uint32_t *)w + collect_one(rt_g(), w, cap - d.n, pcs, n, 0), 1);
	}
	return d;
}

MAYSWITCH Dump
rt_dump_collect(const uint32_t *selfpcs, size_t nself, bool system)
{
	size_t cap = likely_words();
	int64_t begin = os_nanotime(), stopped = 0;
	Dump d = {NULL, 0};

	for (bool fits = false; !fits; cap *= 2) {
		if (!make_room(&d, cap))
			return d;
		rt_world_begin();
		fits = collect(&d, cap, selfpcs, nself, system ? WhomAll : WhomProgram);
		stopped = rt_world_end();
	}
	put_times(d.head, stopped, begin);
	return d;
}

// Leaks are known only while the world is stopped, so other dumps must not report them.
static void
forget_leaks(void)
{
	for (uint32_t i = 0, n = load_acq(&allglen); i < n; i++)
		allg_at(i)->leaked = false;
}

// Collects only the goroutines that whom names. False: there is no memory, or some goroutine stayed
// too long in code whose locals nobody can read.
MAYSWITCH static bool
collect_found(Dump *d, enum Whom whom)
{
	int64_t begin = os_nanotime(), pause = FirstPause;
	size_t cap = likely_words();

	*d = (Dump){NULL, 0};
	while (make_room(d, cap)) {
		bool seen, fits;
		int64_t stopped;

		rt_world_begin();
		seen = whom == WhomLeaked ? rt_leak_find()
		                          : rt_waits_find(false, pause >= LastPause);
		fits = seen && collect(d, cap, NULL, 0, whom);
		forget_leaks();
		stopped = rt_world_end();
		if (fits) {
			put_times(d->head, stopped, begin);
			return true;
		}
		if (seen) {
			cap *= 2;
		} else if (pause < LastPause) {
			go_sleep(pause);
			pause *= 2;
		} else {
			break;
		}
	}
	rt_dump_free(d);
	return false;
}

MAYSWITCH bool
rt_dump_leaked(Dump *d)
{
	return collect_found(d, WhomLeaked);
}

MAYSWITCH bool
rt_dump_waits(Dump *d)
{
	return collect_found(d, WhomWaits);
}

void
rt_dump_free(Dump *d)
{
	rt_free(d->head);
	d->head = NULL;
}

const DumpG *
rt_dump_first(const Dump *d)
{
	return (const DumpG *)(d->head + 1);
}

const DumpG *
rt_dump_next(const DumpG *w)
{
	return (const DumpG *)(w->pcs + w->npcs + (w->flags & DumpDetail ? DumpDetailWords : 0));
}

const char *
rt_dump_detail(const DumpG *w)
{
	return w->flags & DumpDetail ? (const char *)(w->pcs + w->npcs) : NULL;
}

// --- printing ---

static const char *
state(uint32_t status, uint32_t reason)
{
	static const char *const words[] = {
		[Gidle] = "idle",       [Grunnable] = "runnable", [Grunning] = "running",
		[Gsyscall] = "syscall", [Gwaiting] = "waiting",   [Gmoribund] = "moribund",
	};

	if ((status == Gwaiting || status == Gsyscall) && reason)
		return rt_reason_text(reason);
	return status < nelem(words) && words[status] ? words[status] : "???";
}

static void
header(const DumpG *w)
{
	uint64_t minutes = join64(w->wait_ns) / (UINT64_C(60) * 1000000000);
	const char *label = (const char *)(uintptr_t)w->label, *detail = rt_dump_detail(w);

	rt_printf("goroutine %U [%s%s", join64(w->id), state(w->status, w->reason),
	          w->flags & DumpLeaked ? " (leaked)" : "");
	if (detail)
		rt_printf(": %s", detail);
	if ((w->status == Gwaiting || w->status == Gsyscall) && minutes >= 1)
		rt_printf(", %U minutes", minutes);
	if (w->flags & DumpLocked)
		rt_prints(", locked to thread");
	if ((w->flags & DumpInPlace) && w->status != Grunning)
		rt_printf(", on worker %u", w->thread - 1);
	if (w->flags & DumpPartial)
		rt_prints(", partly known");
	if (label)
		rt_printf(", label: %q", label);
	rt_prints("]:\n");
}

static void
trailer(const DumpG *w)
{
	const Site *site = (const Site *)(uintptr_t)w->site;

	if (join64(w->id) == 1 || !site || !site->func[0])
		return;
	rt_printf("created by %s", site->func);
	if (join64(w->parent))
		rt_printf(" in goroutine %U", join64(w->parent));
	rt_printf("\n\t%s:%d\n", site->file, site->line);
}

// Where the text of a pc already is in the buffer that is written to. Most goroutines of a program
// wait at few places, and to copy a text takes a fraction of the time to make it.
typedef struct Told Told;
struct Told {
	uint32_t pc; // 0: none
	size_t n;
	const char *text;
};

enum { NTold = 64 };

// told: NULL if nothing is written to a buffer.
static void
frame(uint32_t pc, int level, Told *told)
{
	Told *t = told ? &told[pc % NTold] : NULL;
	Writer *to = &rt_g()->writer;
	const char *text;

	if (!t) {
		rt_printframes(pc, level);
	} else if (t->pc == pc) {
		rt_write(t->text, t->n);
	} else {
		text = to->buf;
		rt_printframes(pc, level);
		if (to->room > 0) // nothing was cut
			*t = (Told){pc, (size_t)(to->buf - text), text};
	}
}

// Prints fifty frames from either end of a long stack, and how many are left out between.
static void
frames(const DumpG *w, int level, Told *told)
{
	for (uint32_t i = 0; i < w->npcs; i++) {
		if (w->npcs > DumpMaxFrames && i == DumpMaxFrames / 2) {
			rt_printf("...%u frames elided...\n", w->npcs - DumpMaxFrames);
			i = w->npcs - DumpMaxFrames / 2;
		}
		frame(w->pcs[i], level, told);
	}
}

static void
print_one(const DumpG *w, int level, Told *told)
{
	header(w);
	frames(w, level, told);
	trailer(w);
}

void
rt_dump_print(const Dump *d, int level)
{
	const DumpG *w = rt_dump_first(d);
	Told told[NTold] = {{0}};
	const G *gp = rt_g();

	if (level < 1)
		level = 1; // GOTRACEBACK=0 silences crashes only
	for (uint32_t i = 0; d->head && i < d->head->n; i++) {
		if (i > 0)
			rt_printnl();
		print_one(w, level, gp && gp->writer.buf ? told : NULL);
		w = rt_dump_next(w);
	}
}

// Prints through the writer of this goroutine. Another goroutine that prints at the same time still
// reaches descriptor 2.
size_t
rt_dump_print_into(char *buf, size_t size, const Dump *d, int level)
{
	G *gp = rt_g();
	size_t n;

	gp->writer.buf = buf;
	gp->writer.room = size;
	rt_dump_print(d, level);
	n = size - gp->writer.room;
	gp->writer.buf = NULL;
	gp->writer.room = 0;
	return n;
}

// --- dying ---

static const uint32_t *trappcs;
static size_t ntrap;

void
rt_dump_trap(const uint32_t *pcs, size_t n)
{
	trappcs = pcs;
	ntrap = n;
}

static const G *cutof;
static Cut cut;
static size_t (*add_cut)(const G *gp, uint32_t *pcs, size_t n); // C programs have none

// Puts them above the n frames of gp, if the exception is where it landed: the innermost frame of
// the program is that one. Returns how many frames there are then. There must be room.
static size_t
with_cut(const G *gp, uint32_t *pcs, size_t n)
{
	size_t i = 0;
	Loc loc;

	while (i < n && !(rt_symtab_loc(pcs[i], &loc) && rt_showframe(&loc, 1)))
		i++;
	if (gp != cutof || i == n || !rt_same_function(pcs[i], cut.landed))
		return n;
	memmove(pcs + cut.n, pcs, n * sizeof *pcs);
	memcpy(pcs, cut.pcs, cut.n * sizeof *pcs);
	return n + cut.n;
}

void
rt_dump_cut(const G *gp, const Cut *c)
{
	cutof = gp;
	cut = *c;
	if (cut.n > 0 && cut.pcs[cut.n - 1] == cut.landed) // it is still there
		cut.n--;
	for (uint32_t i = 0; i < cut.n; i++)
		cut.pcs[i] = rt_symtab_place(cut.pcs[i]);
	add_cut = with_cut;
}

// The frames of gp: from the trap, or from memory if they were saved, or from the engine.
static size_t
dying_frames(G *gp, bool saved, uint32_t *pairs, size_t max)
{
	size_t n;

	if (trappcs) {
		n = ntrap < max ? ntrap : max;
		for (size_t i = 0; i < n; i++)
			pairs[i] = trappcs[i];
	} else if (saved) {
		return rt_gentraceback(gp, 0, pairs, max);
	} else {
		n = os_stack(pairs, max);
		if (n > max)
			n = max;
		for (size_t i = 0; i < n; i++)
			pairs[i] = rt_symtab_engine(pairs[2 * i], pairs[2 * i + 1]);
	}
	return rt_with_rest(gp, pairs, n, max, false);
}

// Prints the goroutine that dies. saved: it has left, so its frames are in memory.
static void
dying_self(G *gp, bool saved, int level)
{
	static uint32_t words[DumpGWords + CutMost + 2 * DumpMaxFrames];
	static uint32_t pairs[CutMost + 4 * DumpMaxFrames];
	DumpG *w = (DumpG *)words;
	size_t n = dying_frames(gp, saved, pairs, 2 * DumpMaxFrames);

	if (n > 2 * DumpMaxFrames)
		n = 2 * DumpMaxFrames;
	if (add_cut)
		n = add_cut(gp, pairs, n);
	if (!collect_one(gp, w, nelem(words), pairs, n, 0))
		return;
	w->status = Grunning;
	print_one(w, level, NULL);
}

static void
dying_other(G *gp, int level)
{
	static uint32_t words[DumpGWords + 10000];
	DumpG *w = (DumpG *)words;

	if (load_acq(&gp->status) == Grunning && !gp->inplace) {
		collect_one(gp, w, nelem(words), words, 0, 0);
		header(w);
		rt_prints("\tgoroutine running on another worker; stack unavailable\n");
		trailer(w);
		return;
	}
	if (collect_one(gp, w, nelem(words), NULL, 0, (int64_t)load64_acq(&rt_coarsetime)))
		print_one(w, level, NULL);
}

Dump rt_dump_last;

void
rt_dump_deadlock(void)
{
	size_t cap = likely_words();
	Dump d = {NULL, 0};

	if (!rt_waits_find(true, true))
		return;
	do {
		cap *= 2;
		d.head = os_alloc(cap * sizeof(uint32_t));
	} while (d.head && !collect(&d, cap, NULL, 0, WhomWaits));
	if (d.head)
		rt_dump_last = d;
}

void
rt_dump_dying(void)
{
	bool all;
	int level = rt_gotraceback(&all);
	M *mp = rt_m();
	G *self = mp ? mp->curg : NULL;

	if (level == 0)
		return;
	if (all)
		rt_freezetheworld();
	if (self) {
		rt_printnl();
		dying_self(self, self->nsaved > 0, level);
	}
	for (uint32_t i = 0; all && i < load_acq(&allglen); i++) {
		G *gp = allg_at(i);

		if (gp == self || load_acq(&gp->status) == Gdead || (gp->system && level < 2))
			continue;
		rt_printnl();
		dying_other(gp, level);
	}
}
