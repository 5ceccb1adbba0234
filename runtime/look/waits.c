#include "waits.h"

#include <stdlib.h>

#include "../base/os.h"
#include "../base/self.h"
#include "../sync/chan.h"
#include "../sync/mutex.h"
#include "../sched/sema.h"
#include "../sync/timer.h"
#include "../gc/gc.h"
#include "owned.h"
#include "scan.h"

enum {
	MaxNodes = 1000, // goroutines; those that wait are entered first
	MaxThings = 4096,
	MaxPairs = 1 << 15,
	MaxBlocks = 1 << 16, // marked from one goroutine alone
	MaxBytes = 64 << 20, // read in all these markings together
};
enum { NoNode = UINT32_MAX, Everybody = UINT32_MAX };

typedef struct Node Node;
struct Node {
	G *gp;
	uint32_t nwaits, lastthing;
	bool told; // it could give a thing
};

typedef struct Thing Thing;
struct Thing {
	uintptr_t at;   // whoever can reach this word can give the thing
	uintptr_t base; // where the thing begins for the program
	uint32_t kind, flags;
	uint32_t holder; // a node, or NoNode
	bool library;    // of the C library: holder is known from the start
};

typedef struct Pair Pair;
struct Pair {
	uint16_t thing, node;
};

typedef struct Want Want;
struct Want {
	uintptr_t at;
	uint32_t node, kind;
};

typedef struct Look Look;
struct Look {
	Node nodes[MaxNodes];
	Thing things[MaxThings];
	Pair waits[MaxPairs], edges[MaxPairs];
	Want wants[MaxPairs]; // channels and conditions
	uint32_t nnodes, nthings, nwaits, nedges, nwants, flags;
	// What is being traced.
	uint32_t turn; // node + 1, or Everybody
	G *found[MaxNodes];
	uint32_t nfound;
	uintptr_t blocks[MaxBlocks];
	uint32_t nblocks;
	uint64_t bytes; // read in all traces together
};

static Look *look; // used only by whoever stopped the world

// --- the nodes ---

static bool
lives(const G *gp)
{
	uint32_t status = load_acq(&gp->status);

	return status != Gidle && status != Gdead;
}

static void
enter(bool waiting)
{
	for (uint32_t i = 0, n = load_acq(&allglen); i < n; i++) {
		G *gp = allg_at(i);

		if (!lives(gp) || gp->system || rt_look_waits(gp) != waiting)
			continue;
		if (look->nnodes == MaxNodes) {
			look->flags |= WaitsCut;
			return;
		}
		look->nodes[look->nnodes++] = (Node){.gp = gp};
	}
}

static uint32_t
node_of(const G *gp)
{
	const Owned *o = rt_owned_find((uintptr_t)gp);

	return o ? o->node : NoNode;
}

static int
by_place(const void *a, const void *b)
{
	const Node *x = a, *y = b;

	return x->gp->alli < y->gp->alli ? -1 : x->gp->alli > y->gp->alli;
}

// False: no memory, or locals are hidden.
static bool
enter_all(bool hidden)
{
	uint32_t at = 0;

	if ((!look && !(look = os_alloc(sizeof *look))) || !rt_owned_begin())
		return false;
	look->nnodes = look->nthings = look->nwaits = look->nedges = 0;
	look->flags = 0;
	look->bytes = 0;
	enter(true);
	enter(false);
	qsort(look->nodes, look->nnodes, sizeof *look->nodes, by_place);
	for (uint32_t i = 0, n = load_acq(&allglen); i < n; i++) {
		G *gp = allg_at(i);
		bool node = at < look->nnodes && look->nodes[at].gp == gp;

		if (rt_roots_hidden_g(gp)) {
			look->flags |= WaitsBlind;
			if (!hidden)
				return false;
		}
		if (lives(gp))
			rt_owned_enter(gp, node ? at : (uint32_t)NoNode);
		at += node;
	}
	rt_owned_sort();
	return true;
}

// --- the things ---

// The number of the thing at this word. The waiters of one thing come one after the other, so the
// thing is the last one, or new.
static uint32_t
thing_at(uintptr_t at, uintptr_t base, enum ThingKind kind)
{
	if (look->nthings > 0 && look->things[look->nthings - 1].at == at)
		return look->nthings - 1;
	if (look->nthings == MaxThings)
		return MaxThings;
	look->things[look->nthings] =
		(Thing){.at = at, .base = base, .kind = kind, .holder = NoNode};
	return look->nthings++;
}

static void
wait_for(const G *gp, uintptr_t at, uintptr_t base, enum ThingKind kind)
{
	uint32_t node = node_of(gp), thing;
	Node *n;

	if (node == NoNode)
		return;
	n = &look->nodes[node];
	thing = thing_at(at, base, kind);
	if (thing == MaxThings || look->nwaits == MaxPairs) {
		look->flags |= WaitsCut | WaitsBlind;
		return;
	}
	if (n->nwaits > 0 && n->lastthing == thing) // a select with two cases for one channel
		return;
	n->nwaits++;
	n->lastthing = thing;
	look->waits[look->nwaits++] = (Pair){(uint16_t)thing, (uint16_t)node};
}

// --- semaphores ---

// A thing of the machine's C library, whose holder the machine knows.
static void
wait_for_held(const G *gp, uintptr_t at, enum ThingKind kind)
{
	uint32_t n = look->nthings;
	const G *holder;

	wait_for(gp, at, at, kind);
	if (look->nthings == n)
		return;
	look->things[n].library = true;
	holder = os_thread_holder(gp->reason, at); // it looks at all goroutines
	if (holder)
		look->things[n].holder = node_of(holder);
}

static void
find_sema(void *arg, const SemaWaiter *w)
{
	uintptr_t at = (uintptr_t)w->sema;

	(void)arg;
	switch (w->gp->reason) {
	case WaitMutexLock:
		wait_for(w->gp, at, at - offsetof(GoMutex, sema), ThingMutex);
		break;
	case WaitRWMutexRLock:
		wait_for(w->gp, at, at - offsetof(GoRWMutex, rsema), ThingRWMutex);
		break;
	case WaitRWMutexLock:
		wait_for(w->gp, at, at - offsetof(GoRWMutex, wsema), ThingRWMutex);
		break;
	case WaitWaitGroup:
		wait_for(w->gp, at, at - offsetof(GoWaitGroup, sema), ThingWaitGroup);
		break;
	case WaitSleep: // nobody can give it
		break;
	case WaitThreadMutex:
		wait_for_held(w->gp, at, ThingMutex);
		break;
	case WaitThreadRead:
	case WaitThreadWrite:
		wait_for(w->gp, at, at, ThingRWMutex);
		break;
	case WaitThreadCond:
		wait_for(w->gp, at, at, ThingCond);
		break;
	case WaitThreadJoin:
		wait_for_held(w->gp, at, ThingThread);
		break;
	default:
		wait_for(w->gp, at, at, ThingSemaphore);
		break;
	}
}

// The node that holds the mutex. NoNode: no node does, or two nodes could, because their
// goroutines' numbers differ only in the upper halves.
static uint32_t
holder(const GoMutex *m)
{
	uint32_t low, found = NoNode;

	if (!rt_mutex_holder(m, &low))
		return NoNode;
	for (uint32_t i = 0; i < look->nnodes; i++)
		if ((uint32_t)look->nodes[i].gp->id == low) {
			if (found != NoNode)
				return NoNode;
			found = i;
		}
	return found;
}

// A reader of a GoRWMutex waits for its writer, which has locked the mutex w in it.
static void
find_holders(void)
{
	for (uint32_t i = 0; i < look->nthings; i++) {
		Thing *t = &look->things[i];
		const GoRWMutex *rw = (const GoRWMutex *)t->base;

		if (t->kind == ThingMutex && !t->library)
			t->holder = holder((const GoMutex *)t->base);
		else if (t->kind == ThingRWMutex && t->at == (uintptr_t)&rw->rsema)
			t->holder = holder(&rw->w);
		if (t->holder != NoNode)
			t->flags |= ThingHeld;
	}
}

// --- records of waiters ---

// p lies in a goroutine's stack. Is it a record of the runtime there? The thing that the goroutine
// waits for points to such a record; if the goroutine sleeps, the timers do.
NO_SANITIZE static bool
is_own(const Owned *o, uintptr_t p)
{
	const Timer *t = (const Timer *)p;

	if (o->gp->reason == WaitSleep)
		return o->hi - p >= sizeof *t && t->arg == o->gp;
	return *(G **)p == o->gp;
}

// Is p the record of a goroutine that waits? Each record begins with the goroutine's address. It
// lies on the goroutine's stack; the records of a large select lie in a block of malloc.
NO_SANITIZE static bool
is_record(uintptr_t p)
{
	const Owned *o;
	const Span *s;
	const G *gp;

	if (p == 0 || p % sizeof(void *) != 0)
		return false;
	o = rt_owned_find(p);
	if (o)
		return o->lo != (uintptr_t)o->gp && is_own(o, p);
	s = rt_spanof(p);
	if (!s || s->kind != SpanMalloc)
		return false;
	gp = *(G **)p;
	o = rt_owned_find((uintptr_t)gp);
	return o && o->lo == (uintptr_t)gp;
}

// --- channels and conditions ---

static int
by_thing(const void *a, const void *b)
{
	const Want *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

static void
want(const G *gp, uintptr_t at, enum ThingKind kind)
{
	if (look->nwants == MaxPairs) {
		look->flags |= WaitsCut | WaitsBlind;
		return;
	}
	look->wants[look->nwants++] = (Want){.at = at, .node = node_of(gp), .kind = kind};
}

static void
want_chan(const G *gp, GoChan *c)
{
	want(gp, (uintptr_t)c, ThingChan);
}

// Collects all pairs first and sorts them, so that the waiters of one thing come one after the
// other.
static void
find_wants(void)
{
	look->nwants = 0;
	for (uint32_t i = 0; i < look->nnodes; i++) {
		G *gp = look->nodes[i].gp;
		uint32_t n = look->nwants;

		switch (rt_look_waits(gp) ? gp->reason : WaitNone) {
		case WaitChanReceive:
		case WaitChanSend:
			want(gp, gp->waitson, ThingChan);
			break;
		case WaitCond:
			want(gp, gp->waitson, ThingCond);
			break;
		case WaitSelect:
			rt_look_pass((uintptr_t)rt_select_chans(gp, want_chan)); // not to be read
			gp->leaked = look->nwants == n && n < MaxPairs;
			break;
		case WaitChanReceiveNil:
		case WaitChanSendNil:
		case WaitSelectNoCases:
			gp->leaked = true; // nobody can ever wake it
			break;
		}
	}
	qsort(look->wants, look->nwants, sizeof *look->wants, by_thing);
	for (uint32_t i = 0; i < look->nwants; i++) {
		const Want *w = &look->wants[i];

		wait_for(look->nodes[w->node].gp, w->at, w->at, w->kind);
	}
}

// --- marking ---

static void
other(Worker *w, uintptr_t p)
{
	Owned *o = p % sizeof(uint32_t) == 0 ? rt_owned_find(p) : NULL;

	(void)w;
	if (!o || o->node == NoNode || o->seen == Everybody || o->seen == look->turn)
		return;
	if (o->lo == (uintptr_t)o->gp || (p % sizeof p == 0 && is_record(p)))
		return;
	o->seen = look->turn;
	look->found[look->nfound++] = o->gp;
}

// As rt_mark_range, but remembers what it marks.
NO_SANITIZE static void
trace_range(uintptr_t lo, uintptr_t hi)
{
	look->bytes += hi - lo;
	for (uintptr_t at = round_up(lo, sizeof at); at + sizeof at <= hi; at += sizeof at) {
		uintptr_t p = *(uintptr_t *)at;
		Span *s = rt_spanof(p);
		uint8_t *state;

		if (!s) {
			other(NULL, p);
			continue;
		}
		state = &s->state[rt_blockof(s, p)];
		if ((*state & (ObjAlloc | ObjMark)) != ObjAlloc || look->nblocks == MaxBlocks)
			continue;
		*state |= ObjMark;
		look->blocks[look->nblocks++] = p;
	}
}

static void
trace_g(const G *gp)
{
	OsRange r[RootsOfG];
	size_t n = rt_roots_of(gp, r);

	for (size_t i = 0; i < n; i++)
		trace_range(r[i].lo, r[i].hi);
}

// Marks what anybody can reach: from the program's variables, and from goroutines that are no
// nodes.
static void
mark_everybodys(void)
{
	Worker w = {.other = other};
	G *self = rt_m() ? rt_g() : NULL;

	look->turn = Everybody;
	look->nfound = 0;
	rt_roots_data(&w);
	rt_final_scan(&w);
	for (uint32_t i = 0, n = load_acq(&allglen); i < n; i++) {
		const G *gp = allg_at(i);

		if (gp != self && lives(gp) && node_of(gp) == NoNode)
			rt_roots_scan_g(&w, gp);
	}
	rt_mark_drain(&w);
	while (look->nfound > 0) {
		rt_roots_scan_g(&w, look->found[--look->nfound]);
		rt_mark_drain(&w);
	}
}

static void
trace_block(uintptr_t p)
{
	const Span *s = rt_spanof(p);
	uintptr_t base = s->base + rt_blockof(s, p) * s->size;

	if (!s->noscan)
		trace_range(base, base + s->size);
}

// Marks what this goroutine can reach, and not anybody.
static void
trace(const G *gp)
{
	look->nblocks = look->nfound = 0;
	trace_g(gp);
	for (uint32_t i = 0; i < look->nblocks || look->nfound > 0;) {
		if (look->nfound > 0)
			trace_g(look->found[--look->nfound]);
		else
			trace_block(look->blocks[i++]);
		if (look->bytes > MaxBytes)
			break;
	}
}

static void
untrace(void)
{
	for (uint32_t i = 0; i < look->nblocks; i++) {
		Span *s = rt_spanof(look->blocks[i]);

		s->state[rt_blockof(s, look->blocks[i])] &= (uint8_t)~ObjMark;
	}
}

// Was the word at p reached?
static bool
reached(uintptr_t p)
{
	const Span *s = rt_spanof(p);
	const Owned *o;

	if (s)
		return s->state[rt_blockof(s, p)] & ObjMark;
	o = rt_owned_find(p);
	if (!o || o->node == NoNode)
		return look->turn == Everybody;
	return o->seen == look->turn || o->node + 1 == look->turn;
}

// --- the edges ---

static void
edge(uint32_t thing, uint32_t node)
{
	if (look->nedges == MaxPairs) {
		look->things[thing].flags |= ThingAnybody;
		look->flags |= WaitsCut;
		return;
	}
	look->edges[look->nedges++] = (Pair){(uint16_t)thing, (uint16_t)node};
	look->nodes[node].told = true;
}

static void
find_everybodys(void)
{
	mark_everybodys();
	for (uint32_t i = 0; i < look->nthings; i++) {
		Thing *t = &look->things[i];

		if (t->flags & ThingHeld)
			edge(i, t->holder);
		else if (look->flags & (WaitsBlind) || reached(t->at))
			t->flags |= ThingAnybody;
	}
}

static void
find_edges_of(uint32_t node)
{
	const Node *n = &look->nodes[node];

	look->turn = node + 1;
	trace(n->gp);
	for (uint32_t i = 0; i < look->nthings; i++)
		if (!(look->things[i].flags & (ThingHeld | ThingAnybody)) &&
		    !(n->nwaits == 1 && n->lastthing == i) && reached(look->things[i].at))
			edge(i, node);
	untrace();
}

// There is too much memory to read. From here on anybody could give any thing that is not held.
static void
give_up(void)
{
	look->flags |= WaitsCut;
	for (uint32_t i = 0; i < look->nthings; i++)
		if (!(look->things[i].flags & ThingHeld))
			look->things[i].flags |= ThingAnybody;
}

static void
find_edges(void)
{
	find_everybodys();
	for (uint32_t i = 0; i < look->nnodes; i++) {
		find_edges_of(i);
		if (look->bytes > MaxBytes || look->nblocks == MaxBlocks) {
			give_up();
			return;
		}
	}
}

bool
rt_waits_find(bool asleep, bool hidden)
{
	rt_sweep_all(); // then there are no marks but ours
	if (!enter_all(hidden))
		return false;
	rt_look_begin();
	rt_semaeach(find_sema, NULL);
	find_holders();
	find_wants();
	find_edges();
	rt_look_end();
	if (asleep)
		look->flags |= WaitsAsleep;
	return true;
}

// --- the answer ---

bool
rt_waits_tell(const G *gp)
{
	uint32_t node = node_of(gp);

	return node != NoNode && (rt_look_waits(gp) || look->nodes[node].told);
}

size_t
rt_waits_nwords(void)
{
	size_t pairs = (size_t)look->nwaits + look->nedges;

	return (sizeof(WaitsHead) + look->nthings * sizeof(WaitsThing) +
	        pairs * sizeof(WaitsPair)) /
	       sizeof(uint32_t);
}

static WaitsPair *
write_pairs(WaitsPair *w, const Pair *pairs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		*w++ = (WaitsPair){
			.thing = pairs[i].thing,
			.id = split64(look->nodes[pairs[i].node].gp->id),
		};
	return w;
}

void
rt_waits_write(WaitsHead *head)
{
	WaitsThing *w = (WaitsThing *)(head + 1);

	*head = (WaitsHead){
		.nthings = look->nthings,
		.nwaits = look->nwaits,
		.nedges = look->nedges,
		.flags = look->flags,
	};
	for (uint32_t i = 0; i < look->nthings; i++)
		*w++ = (WaitsThing){
			.inverted = ~(uint32_t)look->things[i].base,
			.kind = look->things[i].kind,
			.flags = look->things[i].flags,
		};
	write_pairs(write_pairs((WaitsPair *)w, look->waits, look->nwaits), look->edges,
	            look->nedges);
}
