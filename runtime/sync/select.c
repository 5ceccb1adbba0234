// Select: does one of several channel operations. It locks all channels in address order, so two
// selects over the same channels cannot hold one each. It looks at the arms in random order, so no
// ready arm starves. The same channel may stand in several arms. Nil channels never get ready.
//
// A select that waits queues a record on every channel. All records point to one word, won. The
// first waker that swaps its record's address into that word wins: it alone copies the element and
// readies the goroutine. Other wakers find the word set and skip the record. The select takes the
// other records off in pass 3. No record outlives its select, because the select leaves only with
// every channel locked.

#include <stdlib.h>
#include <string.h>

#include "../base/throw.h"
#include "../sched/sched.h"
#include "chan.h"
#include "panic.h"

enum {
	MaxArms = 65536,
	FewArms = 8, // room on the stack; it may be only 1 KiB
};

typedef struct Select Select;
struct Select {
	AtomicPtr won;
	GoCase *cases;
	uint32_t n;     // number of arms with a channel
	uint16_t *poll; // their indices in random order
	uint16_t *lock; // their indices by channel address
	Sudog *waiters; // their records, in the order of lock
	void *heap;     // block with these three, if the stack has no room; or NULL
};

static GoChan *
chan_at(const Select *s, uint32_t i)
{
	return s->cases[s->lock[i]].chan;
}

// Lets the value at i sink into the max-heap [0, n) of lock.
static void
sink(Select *s, uint32_t i, uint32_t n)
{
	uint16_t v = s->lock[i];
	uintptr_t key = (uintptr_t)s->cases[v].chan;
	uint32_t kid;

	while ((kid = 2 * i + 1) < n) {
		if (kid + 1 < n && (uintptr_t)chan_at(s, kid) < (uintptr_t)chan_at(s, kid + 1))
			kid++;
		if (key >= (uintptr_t)chan_at(s, kid))
			break;
		s->lock[i] = s->lock[kid];
		i = kid;
	}
	s->lock[i] = v;
}

// A few arms are mostly in order already, as their channels were made.
static void
sort_few(Select *s)
{
	for (uint32_t i = 1, j; i < s->n; i++) {
		uint16_t v = s->lock[i];
		uintptr_t key = (uintptr_t)s->cases[v].chan;

		for (j = i; j > 0 && (uintptr_t)chan_at(s, j - 1) > key; j--)
			s->lock[j] = s->lock[j - 1];
		s->lock[j] = v;
	}
}

// Heap sort: no recursion, no worst case.
static void
sort_by_address(Select *s)
{
	uint16_t v;

	if (s->n <= FewArms) {
		sort_few(s);
		return;
	}
	for (uint32_t i = s->n / 2; i-- > 0;)
		sink(s, i, s->n);
	for (uint32_t i = s->n; i-- > 1;) {
		v = s->lock[i];
		s->lock[i] = s->lock[0];
		s->lock[0] = v;
		sink(s, 0, i);
	}
}

// Shuffles the arms that have a channel into poll, and sorts them into lock. False: an arm sends
// from NULL.
static bool
order(Select *s, uint32_t ncases)
{
	bool right = true;
	uint32_t j;

	s->n = 0;
	for (uint32_t i = 0; i < ncases; i++) {
		if (!s->cases[i].chan)
			continue;
		right &= s->cases[i].elem || s->cases[i].dir != GO_SEND ||
		         s->cases[i].chan->elem_size == 0;
		j = (uint32_t)((uint64_t)rt_fastrand() * (s->n + 1) >> 32);
		s->poll[s->n] = s->poll[j];
		s->poll[j] = (uint16_t)i;
		s->lock[s->n] = (uint16_t)i;
		s->n++;
	}
	sort_by_address(s);
	return right;
}

// Arms of one channel fire in the order in which they wait, so makes that order random.
static void
shuffle_alike(Select *s)
{
	for (uint32_t i = 1, first = 0; i < s->n; i++) {
		uint32_t j;
		uint16_t v = s->lock[i];

		if (chan_at(s, i) != chan_at(s, first)) {
			first = i;
			continue;
		}
		j = first + (uint32_t)((uint64_t)rt_fastrand() * (i - first + 1) >> 32);
		s->lock[i] = s->lock[j];
		s->lock[j] = v;
	}
}

static void
lock_all(const Select *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (i == 0 || chan_at(s, i) != chan_at(s, i - 1))
			rt_lock(&chan_at(s, i)->lock);
}

// From last to first: as soon as one channel is free, the select may be woken. But then it waits in
// lock_all for the first channel, which is released last. So the records and orders, which may lie
// on its stack, live until then. After the last unlock the loop does not look at s.
static void
unlock_all(void *select)
{
	const Select *s = select;
	GoChan *c;

	for (uint32_t i = s->n; i-- > 0;) {
		c = chan_at(s, i);
		if (i == 0 || c != chan_at(s, i - 1))
			rt_unlock(&c->lock);
	}
}

// Pass 1: does the first arm that is ready now. Returns its index, or -1; *got is the result.
static int
look(const Select *s, enum ChanTry *got, G **wake)
{
	GoCase *arm;

	for (uint32_t i = 0; i < s->n; i++) {
		arm = &s->cases[s->poll[i]];
		*got = rt_chantry_locked(arm->chan, arm->dir, arm->elem, wake);
		if (*got != ChanWait)
			return s->poll[i];
	}
	return -1;
}

// Pass 2: queues a record on every channel. Unused records are cleared, or the search for leaks
// would find old stack contents there.
static void
enqueue(Select *s)
{
	G *gp = rt_g();
	GoCase *arm;
	Sudog *sg;

	shuffle_alike(s);
	for (uint32_t i = 0; i < s->n; i++) {
		arm = &s->cases[s->lock[i]];
		sg = &s->waiters[i];
		*sg = (Sudog){.gp = gp, .elem = arm->elem, .won = &s->won};
		rt_chanwait_locked(arm->chan, arm->dir, sg);
	}
	for (uint32_t i = s->n; !s->heap && i < FewArms; i++)
		s->waiters[i] = (Sudog){0};
}

// Pass 3: takes the losers off again. Returns the index of the arm that fired.
static int
dequeue(const Select *s, enum ChanTry *got)
{
	const Sudog *won = (const Sudog *)loadp_acq(&s->won);
	GoCase *arm;

	for (uint32_t i = 0; i < s->n; i++) {
		arm = &s->cases[s->lock[i]];
		rt_chanleave_locked(arm->chan, arm->dir, &s->waiters[i]);
	}
	if (!won)
		rt_throw("select: woken up by nobody");
	*got = won->success ? ChanDone : ChanClosed;
	return s->lock[won - s->waiters];
}

// The channels are unlocked. Frees the room, and reports the result.
MAYSWITCH static int
finish(const Select *s, int fired, enum ChanTry got)
{
	if (s->heap)
		memset(s->heap, 0, s->n * sizeof(Sudog)); // they lead to stacks of other goroutines
	free(s->heap);
	if (fired < 0)
		return fired;
	if (s->cases[fired].dir == GO_RECV)
		s->cases[fired].ok = got == ChanDone;
	else if (got == ChanClosed)
		rt_sendclosed();
	return fired;
}

NO_SANITIZE const void *
rt_select_chans(const G *gp, void (*each)(const G *gp, GoChan *c))
{
	const Select *s = (const Select *)gp->waitson;

	for (uint32_t i = 0; i < s->n; i++)
		each(gp, chan_at(s, i));
	return s->heap;
}

// Allocates the orders and records if there are too many for the stack.
static void
make_room(Select *s, uint32_t ncases)
{
	s->heap = rt_must(malloc(ncases * (sizeof(Sudog) + 2 * sizeof(uint16_t))),
	                  "select: out of memory");
	s->waiters = s->heap;
	s->poll = (uint16_t *)(s->waiters + ncases);
	s->lock = s->poll + ncases;
}

MAYSWITCH int
go_select(GoCase *cases, int ncases, bool block)
{
	uint16_t orders[2 * FewArms];
	Sudog waiters[FewArms];
	Select s = {.cases = cases, .poll = orders, .lock = orders + FewArms, .waiters = waiters};
	enum ChanTry got = ChanWait;
	G *wake = NULL;
	int fired;

	if (ncases < 0 || ncases > MaxArms)
		go_panic("select: too many cases (max 65536)");
	if (ncases > 0)
		rt_nonil(cases);
	if (ncases > FewArms)
		make_room(&s, (uint32_t)ncases);
	if (unlikely(!order(&s, (uint32_t)ncases))) {
		free(s.heap);
		rt_nilpanic();
	}
	lock_all(&s);
	fired = look(&s, &got, &wake);
	if (fired < 0 && block) {
		enqueue(&s);
		rt_g()->waitson = (uintptr_t)&s;
		rt_park(unlock_all, &s, ncases == 0 ? WaitSelectNoCases : WaitSelect);
		lock_all(&s);
		fired = dequeue(&s, &got);
	}
	unlock_all(&s);
	if (wake)
		rt_ready(wake);
	return finish(&s, fired, got);
}
