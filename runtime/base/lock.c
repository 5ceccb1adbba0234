#include "lock.h"

#include "os.h"
#include "print.h"
#include "self.h"
#include "throw.h"

// Lock and Note over sleep and wake on a word. The algorithm is Ulrich Drepper's second mutex, as
// in Go's lock_futex.c. Threads that are no M (the page's) may not sleep: they spin. That is fair,
// because holders never switch or block.

enum { Unlocked, Locked, LockedSleeping };
// Each pause is twice as long as the one before, some microseconds in all. To sleep and be woken
// takes much longer than what a lock is held for.
enum { ActiveSpins = 8, FirstPause = 30, DeadRounds = 20000 };

// No lock of this rank or above may be held. If l is a channel's, other channels may be.
static void
rankup(M *mp, Lock *l)
{
#ifdef RT_ASSERT
	uint32_t above = l->rank == RankChan ? RankChan + 1 : l->rank;

	if (l->rank != RankNone && mp->heldranks >> above != 0) {
		rt_printf("runtime: lock of rank %u wanted, ranks %x held\n", l->rank,
		          mp->heldranks);
		mp->heldranks = 0;
		rt_throw("lock: taken out of order");
	}
	if (l->rank != RankNone)
		mp->heldranks |= 1u << l->rank;
#else
	(void)mp;
	(void)l;
#endif
}

static void
rankdown(M *mp, uint32_t rank)
{
#ifdef RT_ASSERT
	mp->heldranks &= ~(1u << rank);
#else
	(void)mp;
	(void)rank;
#endif
}

static void
lock_slow(Lock *l, bool maysleep)
{
	uint32_t wait = Locked, dead = 0;

	for (;;) {
		for (int i = 0; i < ActiveSpins; i++) {
			while (load_relaxed(&l->key) == Unlocked)
				if (cas_acqrel(&l->key, Unlocked, wait))
					return;
			os_pause((uint32_t)FirstPause << i);
		}
		if (!maysleep) {
			// The holder may be dead. No other thread goes on, so the lock is not
			// needed.
			if (rt_isdying() && ++dead > DeadRounds)
				return;
			continue;
		}
		// A thread that has slept must lock with LockedSleeping: others may still sleep.
		wait = LockedSleeping;
		if (swap_acqrel(&l->key, LockedSleeping) == Unlocked)
			return;
		os_futexsleep(&l->key, LockedSleeping, -1);
	}
}

void
rt_lock(Lock *l)
{
	M *mp = rt_m();

	if (mp) {
		mp->locks++;
		rankup(mp, l);
	}
	if (!cas_acqrel(&l->key, Unlocked, Locked))
		lock_slow(l, mp != NULL);
}

void
rt_unlock(Lock *l)
{
	M *mp = rt_m();
	uint32_t rank = l->rank; // read now: the next holder may free l
	uint32_t v = swap_acqrel(&l->key, Unlocked);

	// While the program dies, a thread may have given up waiting for this one (lock_slow).
	if (v == Unlocked && !rt_isdying())
		rt_throw("lock: unlock of unlocked lock");
	if (v == LockedSleeping)
		os_futexwakeup(&l->key, 1);
	if (mp) {
		if (--mp->locks < 0)
			rt_throw("lock: count below zero");
		rankdown(mp, rank);
	}
}

void
rt_noteclear(Note *n)
{
	store_rel(&n->key, 0);
}

// key: 0 cleared, 1 happened, 2 cleared and an M sleeps. Only then is it notified.
void
rt_notewakeup(Note *n)
{
	uint32_t v = swap_acqrel(&n->key, 1);

	if (v == 1)
		rt_throw("note: woken twice");
	if (v == 2)
		os_futexwakeup(&n->key, 1);
}

void
rt_notesleep(Note *n)
{
	cas_acqrel(&n->key, 0, 2);
	while (load_acq(&n->key) != 1)
		os_futexsleep(&n->key, 2, -1);
}

bool
rt_notetsleep(Note *n, int64_t ns)
{
	int64_t now, deadline = os_nanotime() + ns;

	cas_acqrel(&n->key, 0, 2);
	while (load_acq(&n->key) != 1) {
		now = os_nanotime();
		if (now >= deadline)
			return false;
		os_futexsleep(&n->key, 2, deadline - now);
	}
	return true;
}
