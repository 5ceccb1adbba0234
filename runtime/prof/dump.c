#include "dump.h"

#include <stdlib.h>
#include <string.h>

#include "../base/debug.h"
#include "../base/hooks.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "../base/os.h"
#include "../gc/leak.h"
#include "../gc/waits.h"
#include "../mem/malloc.h"
#include "../sched/world.h"
#include "../worldsema.h"
#include "traceback.h"

// While it cannot be told who is leaked: about a second in all.
enum { FirstPause = 1000000, LastPause = FirstPause << 9 };

static_assert(DumpHeaderWords == 8 && DumpGWords == 13, "host/dump.js reads this layout");

// --- collecting ---

static void
put64(uint32_t *w, uint64_t v)
{
	w[0] = (uint32_t)v;
	w[1] = (uint32_t)(v >> 32);
}

// One goroutine's words at w, which has room for max; returns how many, 0: no room.
static size_t
collect_one(G *gp, uint32_t *w, size_t max, const uint32_t *pcs, size_t npcs, int64_t now)
{
	size_t n;
	M *mp;

	if (max < DumpGWords)
		return 0;
	put64(w, gp->id);
	w[2] = load_relaxed(&gp->status);
	if (rt_isrunning(gp))
		w[2] = Grunning;
	w[3] = gp->reason;
	w[4] = (gp->lockedm ? DumpLocked : 0u) | (gp->system ? DumpSystem : 0u) |
	       (gp->inplace ? DumpInPlace : 0u) | (gp->leaked ? DumpLeaked : 0u);
	put64(w + 5, gp->waitsince && now > gp->waitsince ? (uint64_t)(now - gp->waitsince) : 0);
	put64(w + 7, gp->parent);
	mp = gp->inplace ? gp->inplace : gp->m;
	w[9] = mp ? (uint32_t)mp->id + 1 : 0;
	w[10] = (uint32_t)(uintptr_t)gp->site;
	w[11] = (uint32_t)(uintptr_t)gp->label;
	max -= DumpGWords;
	if (!pcs && w[2] == Gsyscall && !gp->inplace && gp->syspcs) {
		pcs = gp->syspcs + 1;
		npcs = gp->syspcs[0];
	}
	if (pcs) {
		n = npcs;
		for (size_t i = 0; i < n && i < max; i++)
			w[DumpGWords + i] = pcs[i];
	} else if (w[2] == Gsyscall && !gp->inplace) {
		n = 0; // its frames are on its worker's engine stack, and it kept none
	} else {
		n = rt_gentraceback(gp, 0, w + DumpGWords, max);
	}
	if (n > max)
		return 0;
	w[12] = (uint32_t)n;
	if (w[2] != Gwaiting || w[3] != WaitHostCall || !gp->detail)
		return DumpGWords + n;
	if (max - n < DumpDetailWords)
		return 0;
	w[4] |= DumpDetail;
	strncpy((char *)(w + DumpGWords + n), gp->detail, DetailBytes);
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

// The world is stopped. Returns false when the words did not fit.
static bool
collect(Dump *d, size_t cap, const uint32_t *selfpcs, size_t nself, enum Whom whom)
{
	G *self = rt_g();
	int64_t now = os_nanotime();
	uint32_t count = 0, n = load_acq(&allglen);
	size_t at = DumpHeaderWords, got;

	if (whom <= WhomAll && !self->system) {
		at += got = collect_one(self, d->words + at, cap - at, selfpcs, nself, now);
		if (!got)
			return false;
		count++;
	}
	for (uint32_t i = 0; i < n; i++) {
		G *gp = allg_at(i);

		if (gp == self || !wanted(gp, whom))
			continue;
		at += got = collect_one(gp, d->words + at, cap - at, NULL, 0, now);
		if (!got)
			return false;
		count++;
	}
	d->words[7] = (uint32_t)at;
	if (whom == WhomWaits) {
		if (cap - at < rt_waits_nwords())
			return false;
		rt_waits_write(d->words + at);
		at += rt_waits_nwords();
	}
	d->words[0] = DumpMagic;
	d->words[1] = DumpVersion;
	d->words[2] = count;
	d->n = at;
	return true;
}

// Room for so many words, instead of what there was. False: out of memory.
static bool
make_room(Dump *d, size_t cap)
{
	rt_free(d->words);
	d->words = rt_malloc_noscan(cap * sizeof(uint32_t));
	d->n = 0;
	return d->words != NULL;
}

static size_t
likely_words(void)
{
	return 1024 + (size_t)rt_gcount() * (DumpGWords + 8);
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
	put64(d.words + 3, (uint64_t)stopped);
	put64(d.words + 5, (uint64_t)(os_nanotime() - begin));
	return d;
}

// What was found is true only while the world is stopped: other dumps tell nothing of it.
static void
forget_leaks(void)
{
	for (uint32_t i = 0, n = load_acq(&allglen); i < n; i++)
		allg_at(i)->leaked = false;
}

// Only those that whom says. False: that cannot be told, because some goroutine is in code whose locals
// nobody sees, for longer than we tried.
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
			put64(d->words + 3, (uint64_t)stopped);
			put64(d->words + 5, (uint64_t)(os_nanotime() - begin));
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
	rt_free(d->words);
	d->words = NULL;
}

const uint32_t *
rt_dump_next(const uint32_t *w)
{
	return w + DumpGWords + w[12] + (w[4] & DumpDetail ? DumpDetailWords : 0);
}

// --- printing ---

static uint64_t
get64(const uint32_t *w)
{
	return w[0] | (uint64_t)w[1] << 32;
}

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
header(const uint32_t *w)
{
	uint64_t minutes = get64(w + 5) / (UINT64_C(60) * 1000000000);
	const char *label = (const char *)(uintptr_t)w[11];

	rt_printf("goroutine %U [%s%s", get64(w), state(w[2], w[3]),
	          w[4] & DumpLeaked ? " (leaked)" : "");
	if (w[4] & DumpDetail)
		rt_printf(": %s", (const char *)(w + DumpGWords + w[12]));
	if ((w[2] == Gwaiting || w[2] == Gsyscall) && minutes >= 1)
		rt_printf(", %U minutes", minutes);
	if (w[4] & DumpLocked)
		rt_prints(", locked to thread");
	if ((w[4] & DumpInPlace) && w[2] != Grunning)
		rt_printf(", on worker %u", w[9] - 1);
	if (label)
		rt_printf(", label: %q", label);
	rt_prints("]:\n");
}

static void
trailer(const uint32_t *w)
{
	const Site *site = (const Site *)(uintptr_t)w[10];

	if (get64(w) == 1 || !site || !site->func[0])
		return;
	rt_printf("created by %s", site->func);
	if (get64(w + 7))
		rt_printf(" in goroutine %U", get64(w + 7));
	rt_printf("\n\t%s:%d\n", site->file, site->line);
}

// Fifty frames from either end of a long stack, and how many are left out between.
static void
frames(const uint32_t *pcs, uint32_t n, int level)
{
	for (uint32_t i = 0; i < n; i++) {
		if (n > DumpMaxFrames && i == DumpMaxFrames / 2) {
			rt_printf("...%u frames elided...\n", n - DumpMaxFrames);
			i = n - DumpMaxFrames / 2;
		}
		rt_printframes(pcs[i], level);
	}
}

void
rt_dump_print(const Dump *d, int level)
{
	const uint32_t *w = d->words + DumpHeaderWords;

	if (level < 1)
		level = 1; // GOTRACEBACK=0 silences crashes only
	for (uint32_t i = 0; d->words && i < d->words[2]; i++) {
		if (i > 0)
			rt_printnl();
		header(w);
		frames(w + DumpGWords, w[12], level);
		trailer(w);
		w = rt_dump_next(w);
	}
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

// The goroutine whose death this is, from the saved frames if it left, else from the engine's.
static void
dying_self(G *gp, bool saved, int level)
{
	static uint32_t words[DumpGWords + 2 * DumpMaxFrames];
	static uint32_t pairs[4 * DumpMaxFrames];
	size_t n;

	if (trappcs) {
		n = ntrap < 2 * DumpMaxFrames ? ntrap : 2 * DumpMaxFrames;
		for (size_t i = 0; i < n; i++)
			pairs[i] = trappcs[i];
		n = rt_with_rest(gp, pairs, n, 2 * DumpMaxFrames, false);
	} else if (!saved) {
		n = os_stack(pairs, 2 * DumpMaxFrames);
		if (n > 2 * DumpMaxFrames)
			n = 2 * DumpMaxFrames;
		for (size_t i = 0; i < n; i++)
			pairs[i] = PC_LOC | rt_symtab_offset(pairs[2 * i + 1]);
		n = rt_with_rest(gp, pairs, n, 2 * DumpMaxFrames, false);
	} else {
		n = rt_gentraceback(gp, 0, pairs, 2 * DumpMaxFrames);
	}
	if (n > 2 * DumpMaxFrames)
		n = 2 * DumpMaxFrames;
	if (!collect_one(gp, words, nelem(words), pairs, n, 0))
		return;
	words[2] = Grunning;
	header(words);
	frames(words + DumpGWords, (uint32_t)n, level);
	trailer(words);
}

static void
dying_other(G *gp, int level)
{
	static uint32_t words[DumpGWords + 10000];

	if (load_acq(&gp->status) == Grunning && !gp->inplace) {
		collect_one(gp, words, nelem(words), words, 0, 0);
		header(words);
		rt_prints("\tgoroutine running on another worker; stack unavailable\n");
		trailer(words);
		return;
	}
	if (!collect_one(gp, words, nelem(words), NULL, 0, (int64_t)load64_acq(&rt_coarsetime)))
		return;
	header(words);
	frames(words + DumpGWords, words[12], level);
	trailer(words);
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
		d.words = os_alloc(cap * sizeof *d.words);
	} while (d.words && !collect(&d, cap, NULL, 0, WhomWaits));
	if (d.words)
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
