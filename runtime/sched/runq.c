#include "sched.h"

#include "../base/debug.h"
#include "../base/os.h"

// The queues of runnable goroutines, nothing else.
//
// A P's queue is a ring of RunqSize. The owner puts at the tail and takes from the head; others
// steal from the head. The head moves by compare-and-swap; only the owner moves the tail. runnext
// holds one goroutine that the running one readied. It runs next and inherits the time slice, so
// two goroutines that talk to each other are scheduled as one. When the ring is full, half of it
// goes to the global queue. After Go's runqput and runqgrab.

enum { NextNs = 3000 }; // the system sleeps some tens of microseconds instead

// A store with memory order costs a tenth of a switch. With one P nobody steals, so plain stores
// do: an M that gets the P later sees all that was written before. (GOMAXPROCS changes only while
// the world is stopped.)
ALWAYS_INLINE bool
alone(void)
{
	return gomaxprocs == 1;
}

static void
globappend_locked(G *head, G *tail, uint32_t n)
{
	tail->schedlink = NULL;
	if (sched.runqtail)
		sched.runqtail->schedlink = head;
	else
		sched.runqhead = head;
	sched.runqtail = tail;
	store_relaxed(&sched.runqsize, load_relaxed(&sched.runqsize) + n);
}

void
rt_globrunqput_locked(G *gp)
{
	globappend_locked(gp, gp, 1);
}

// before is the goroutine in front of gp; NULL: gp is the first.
void
rt_globrunqremove_locked(G *gp, G *before)
{
	if (before)
		before->schedlink = gp->schedlink;
	else
		sched.runqhead = gp->schedlink;
	if (sched.runqtail == gp)
		sched.runqtail = before;
	store_relaxed(&sched.runqsize, load_relaxed(&sched.runqsize) - 1);
}

static G *
globpop_locked(void)
{
	G *gp = sched.runqhead;

	rt_globrunqremove_locked(gp, NULL);
	return gp;
}

// Takes a fair share of the global queue, at most max if max > 0. Returns the first goroutine, and
// moves the others to pp. NULL: the queue is empty.
G *
rt_globrunqget_locked(P *pp, int32_t max)
{
	uint32_t size = load_relaxed(&sched.runqsize), n;
	G *gp;

	if (size == 0)
		return NULL;
	n = size / (uint32_t)gomaxprocs + 1;
	if (n > size)
		n = size;
	if (max > 0 && n > (uint32_t)max)
		n = (uint32_t)max;
	if (n > RunqSize / 2)
		n = RunqSize / 2;
	gp = globpop_locked();
	while (--n > 0)
		rt_runqput(pp, globpop_locked(), false);
	return gp;
}

// Moves half of a full ring, and gp, to the global queue. False: a thief has made room meanwhile.
// The goroutines are linked while they are in the ring, where only the owner writes: a copied list
// would stay on the stack, and collectors would take it for roots.
static bool
runqputslow(P *pp, G *gp, uint32_t h, uint32_t t)
{
	uint32_t n = (t - h) / 2;
	G *head = gp;

	if (!cas_acqrel(&pp->runqhead, h, h + n))
		return false;
	for (uint32_t i = n; i-- > 0; head = pp->runq[(h + i) % RunqSize])
		pp->runq[(h + i) % RunqSize]->schedlink = head;
	rt_lock(&sched.lock);
	globappend_locked(head, gp, n + 1);
	rt_unlock(&sched.lock);
	return true;
}

// Owner only. next: puts gp into runnext, whose old content goes to the tail.
void
rt_runqput(P *pp, G *gp, bool next)
{
	uint32_t h, t;
	uintptr_t old;

	if (rt_debug.schedstress && next && rt_fastrand() % 2 == 0)
		next = false;
	if (next) {
		old = loadp_acq(&pp->runnext);
		if (alone())
			storep_relaxed(&pp->runnext, (uintptr_t)gp);
		else
			while (!casp_acqrel(&pp->runnext, old, (uintptr_t)gp))
				old = loadp_acq(&pp->runnext);
		if (!old)
			return;
		gp = (G *)old;
	}
	for (;;) {
		h = load_acq(&pp->runqhead);
		t = load_relaxed(&pp->runqtail);
		if (t - h < RunqSize) {
			pp->runq[t % RunqSize] = gp;
			if (alone())
				store_relaxed(&pp->runqtail, t + 1);
			else
				store_rel(&pp->runqtail, t + 1);
			return;
		}
		if (runqputslow(pp, gp, h, t))
			return;
	}
}

// Owner only. *inherit: the goroutine continues the time slice of the one before.
G *
rt_runqget(P *pp, bool *inherit)
{
	uintptr_t next = loadp_acq(&pp->runnext);
	uint32_t h, t;
	G *gp;

	// A thief may take runnext away, but only the owner fills it.
	if (next && alone())
		storep_relaxed(&pp->runnext, 0);
	else if (next && !casp_acqrel(&pp->runnext, next, 0))
		next = 0;
	if (next) {
		*inherit = true;
		return (G *)next;
	}
	*inherit = false;
	for (;;) {
		h = load_acq(&pp->runqhead);
		t = load_relaxed(&pp->runqtail);
		if (t == h)
			return NULL;
		gp = pp->runq[h % RunqSize];
		if (alone()) {
			store_relaxed(&pp->runqhead, h + 1);
			return gp;
		}
		if (cas_acqrel(&pp->runqhead, h, h + 1))
			return gp;
	}
}

void
rt_runqrest(P *pp)
{
	uintptr_t next = loadp_acq(&pp->runnext);

	if (next && casp_acqrel(&pp->runnext, next, 0))
		rt_runqput(pp, (G *)next, false);
}

bool
rt_runqempty(P *pp)
{
	// Head, tail and runnext must be of one moment, or a goroutine that moves from runnext to
	// the ring is missed. So tail is read twice.
	for (;;) {
		uint32_t h = load_acq(&pp->runqhead), t = load_acq(&pp->runqtail);
		uintptr_t next = loadp_acq(&pp->runnext);

		if (t == load_acq(&pp->runqtail))
			return h == t && !next;
	}
}

uint32_t
rt_runqlen(P *pp)
{
	return load_acq(&pp->runqtail) - load_acq(&pp->runqhead) + (loadp_acq(&pp->runnext) != 0);
}

// Copies half of the victim's ring to batch[t...]. Returns how many. Runs on the thief's M.
static uint32_t
grab(P *victim, G **batch, uint32_t t, bool takenext)
{
	AtomicU32 unchanged = 0;

	for (;;) {
		uint32_t h = load_acq(&victim->runqhead), n = load_acq(&victim->runqtail) - h;
		uintptr_t next;

		n -= n / 2;
		if (n == 0) {
			next = takenext ? loadp_acq(&victim->runnext) : 0;
			if (!next)
				return 0;
			// The victim is about to run it, unless the goroutine that readied it runs
			// on for long. To steal it at once would move two goroutines that talk to
			// each other between two workers. To sleep is better than to spin: the
			// victim may still be busy with waking this M.
			os_futexsleep(&unchanged, 0, NextNs);
			if (loadp_acq(&victim->runnext) != next)
				return 0;
			if (!casp_acqrel(&victim->runnext, next, 0))
				return 0;
			batch[t % RunqSize] = (G *)next;
			return 1;
		}
		if (n > RunqSize / 2) // head and tail are of different moments
			continue;
		for (uint32_t i = 0; i < n; i++)
			batch[(t + i) % RunqSize] = victim->runq[(h + i) % RunqSize];
		if (cas_acqrel(&victim->runqhead, h, h + n))
			return n;
	}
}

// Steals half of the victim's queue into pp's, and returns one of these goroutines.
G *
rt_runqsteal(P *pp, P *victim, bool takenext)
{
	uint32_t t = load_relaxed(&pp->runqtail), n = grab(victim, pp->runq, t, takenext);
	G *gp;

	if (n == 0)
		return NULL;
	n--;
	gp = pp->runq[(t + n) % RunqSize];
	if (n > 0)
		store_rel(&pp->runqtail, t + n);
	return gp;
}
