// Mutex, reader-writer mutex, wait group, once, condition: over semaphores (sched/sema.c). After
// Go's sync.
//
// A mutex is one word: bit 0 locked, bit 1 a waiter is awake and competes, bit 2 starving; the rest
// counts waiters. Normally a released mutex is open to everybody. A woken waiter competes with
// newcomers, which already run on a worker and mostly win; that is fast. A waiter that has waited
// for 1 ms makes the mutex starving: then unlock hands it to the first waiter, and newcomers queue
// up. This ends when the mutex goes to a waiter that has waited less or is the last one.

#include "../base/throw.h"
#include "../worldsema.h"
#include "mutex.h"
#include "panic.h"
#include "../sched/sema.h"

enum {
	Locked = 1,
	Woken = 2,
	Starving = 4,
	Waiter = 8, // one waiter
	StarveNs = 1000000,
	Spins = 4,
	SpinPauses = 10000, // some microseconds
};

enum { MaxReaders = 1 << 30 };

// The public words are plain, so that zeroed memory is a valid mutex in C++ too. Here they are
// atomic.
static AtomicU32 *
word(uint32_t *p)
{
	return (AtomicU32 *)p;
}

static AtomicU64 *
word64(uint64_t *p)
{
	return (AtomicU64 *)p;
}

static AtomicU32 *
count(int32_t *p)
{
	return (AtomicU32 *)p;
}

// --- semaphore ---

MAYSWITCH void
go_semacquire(uint32_t *sema)
{
	rt_nonil(sema);
	rt_semacquire(sema, WaitSemacquire);
}

void
go_semrelease(uint32_t *sema)
{
	rt_nonil_here(sema);
	rt_semrelease(sema, false);
}

// --- mutex ---

// Spinning pays if the owner runs on another worker and this worker has nothing else to do.
static bool
can_spin(int spins)
{
	uint32_t idle = load_relaxed(&sched.npidle) + load_relaxed(&sched.nmspinning);

	return spins < Spins && gomaxprocs > (int32_t)idle + 1 && rt_runqempty(rt_p());
}

// Waits a moment for the owner. *awake: this goroutine has set Woken, so unlock wakes no other.
static void
spin(AtomicU32 *state, uint32_t old, bool *awake)
{
	if (!*awake && !(old & Woken) && old >= Waiter)
		*awake = cas_acqrel(state, old, old | Woken);
	os_pause(SpinPauses);
}

// The word after this goroutine has taken the mutex or joined its waiters.
static uint32_t
claimed(uint32_t old, bool starving, bool awake)
{
	uint32_t new = old;

	if (old & (Locked | Starving))
		new += Waiter;
	if (!(old & Starving))
		new |= Locked;
	if (starving && old & Locked)
		new |= Starving;
	if (awake) {
		if (!(new &Woken))
			rt_throw("sync: inconsistent mutex state");
		new &= ~(uint32_t)Woken;
	}
	return new;
}

// The unlocker gave the starving mutex to this goroutine, without setting the locked bit.
static void
take_over(AtomicU32 *state, uint32_t old, bool starving)
{
	uint32_t delta = (uint32_t)Locked - Waiter;

	if (old & (Locked | Woken) || old < Waiter)
		rt_throw("sync: inconsistent state of a starving mutex");
	if (!starving || old < 2 * Waiter)
		delta -= Starving;
	add_seq(state, delta);
}

MAYSWITCH NOINLINE static void
lock_slow(GoMutex *m)
{
	AtomicU32 *state = word(&m->state);
	uint32_t old = load_relaxed(state);
	bool starving = false, awake = false;
	int64_t since = 0; // when it first slept
	int spins = 0;

	for (;;) {
		if ((old & (Locked | Starving)) == Locked && can_spin(spins)) {
			spin(state, old, &awake);
			spins++;
			old = load_relaxed(state);
			continue;
		}
		if (!cas_acqrel(state, old, claimed(old, starving, awake))) {
			old = load_relaxed(state);
			continue;
		}
		if (!(old & (Locked | Starving)))
			return;
		if (since == 0) {
			since = os_nanotime();
			rt_semacquire_at(&m->sema, WaitMutexLock, false);
		} else {
			rt_semacquire_at(&m->sema, WaitMutexLock,
			                 true); // waited before: goes first
		}
		starving = starving || os_nanotime() - since > StarveNs;
		old = load_acq(state);
		if (old & Starving) {
			take_over(state, old, starving);
			return;
		}
		awake = true;
		spins = 0;
	}
}

// Records the owner for the wait graph. It is valid while the mutex is locked.
ALWAYS_INLINE void
own(GoMutex *m)
{
	store_relaxed(word(&m->holder), (uint32_t)rt_g()->id);
}

MAYSWITCH void
go_mutex_lock(GoMutex *m)
{
	rt_nonil(m);
	if (unlikely(!cas_acqrel(word(&m->state), 0, Locked)))
		lock_slow(m);
	own(m);
}

bool
go_mutex_trylock(GoMutex *m)
{
	uint32_t old;

	rt_nonil_here(m);
	old = load_relaxed(word(&m->state));
	if (old & (Locked | Starving) || !cas_acqrel(word(&m->state), old, old | Locked))
		return false;
	own(m);
	return true;
}

bool
rt_mutex_holder(const GoMutex *m, uint32_t *low)
{
	*low = m->holder;
	return m->state & Locked;
}

NOINLINE static void
unlock_slow(GoMutex *m, uint32_t old)
{
	if (!((old + Locked) & Locked))
		rt_throw("sync: unlock of unlocked mutex");
	if (old & Starving) {
		rt_semrelease(&m->sema, true);
		return;
	}
	// Wakes a waiter, unless there is none, or one is awake, or the mutex is taken again.
	while (old >= Waiter && !(old & (Locked | Woken | Starving))) {
		if (cas_acqrel(word(&m->state), old, (old - Waiter) | Woken)) {
			rt_semrelease(&m->sema, false);
			return;
		}
		old = load_relaxed(word(&m->state));
	}
}

void
go_mutex_unlock(GoMutex *m)
{
	uint32_t left;

	rt_nonil_here(m);
	left = add_seq(word(&m->state), -(uint32_t)Locked);
	if (unlikely(left != 0))
		unlock_slow(m, left);
}

// --- reader-writer mutex ---
//
// readers counts the readers that hold or want the mutex. A writer that waits or writes has
// subtracted MaxReaders, so new readers see a negative number and wait on rsema. departing counts
// the readers for which the writer still waits; the last of them wakes it by wsema.

MAYSWITCH void
go_rwmutex_rlock(GoRWMutex *m)
{
	rt_nonil(m);
	if (unlikely((int32_t)add_seq(count(&m->readers), 1) < 0))
		rt_semacquire(&m->rsema, WaitRWMutexRLock);
}

NOINLINE static void
runlock_slow(GoRWMutex *m, int32_t left)
{
	if (left + 1 == 0 || left + 1 == -MaxReaders)
		rt_throw("sync: RUnlock of unlocked RWMutex");
	if (add_seq(count(&m->departing), -1u) == 0)
		rt_semrelease(&m->wsema, false);
}

void
go_rwmutex_runlock(GoRWMutex *m)
{
	int32_t left;

	rt_nonil_here(m);
	left = (int32_t)add_seq(count(&m->readers), -1u);
	if (unlikely(left < 0))
		runlock_slow(m, left);
}

MAYSWITCH void
go_rwmutex_lock(GoRWMutex *m)
{
	uint32_t active;

	rt_nonil(m);
	go_mutex_lock(&m->w); // one writer at a time
	active = add_seq(count(&m->readers), -(uint32_t)MaxReaders) + MaxReaders;
	// Readers may leave between the two additions. Then departing is negative for a while, and
	// the sum shows whether the last one has left.
	if (active != 0 && add_seq(count(&m->departing), active) != 0)
		rt_semacquire(&m->wsema, WaitRWMutexLock);
}

void
go_rwmutex_unlock(GoRWMutex *m)
{
	int32_t waiting;

	rt_nonil_here(m);
	waiting = (int32_t)add_seq(count(&m->readers), MaxReaders);
	if (waiting >= MaxReaders)
		rt_throw("sync: Unlock of unlocked RWMutex");
	while (waiting-- > 0)
		rt_semrelease(&m->rsema, false);
	go_mutex_unlock(&m->w);
}

// --- wait group: the counter in the high half, waiters in the low half ---

enum { CounterShift = 32 };

static int32_t
counter_of(uint64_t state)
{
	return (int32_t)(state >> CounterShift);
}

void
go_waitgroup_add(GoWaitGroup *wg, int delta)
{
	uint64_t change = (uint64_t)(uint32_t)delta << CounterShift;
	uint64_t state;
	uint32_t waiters;
	int32_t n;

	rt_nonil(wg);
	state = add64_seq(word64(&wg->state), change);
	waiters = (uint32_t)state;
	n = counter_of(state);
	if (unlikely(n < 0))
		go_panic("sync: negative WaitGroup counter");
	if (unlikely(waiters != 0 && delta > 0 && n == delta))
		go_panic("sync: WaitGroup misuse: Add called concurrently with Wait");
	if (n > 0 || waiters == 0)
		return;
	// The counter is 0 and there are waiters: from here on neither changes, except by misuse.
	if (load64_acq(word64(&wg->state)) != state)
		go_panic("sync: WaitGroup misuse: Add called concurrently with Wait");
	store64_rel(word64(&wg->state), 0);
	while (waiters-- > 0)
		rt_semrelease(&wg->sema, false);
}

void
go_waitgroup_done(GoWaitGroup *wg)
{
	go_waitgroup_add(wg, -1);
}

MAYSWITCH void
go_waitgroup_wait(GoWaitGroup *wg)
{
	uint64_t state;

	rt_nonil(wg);
	do {
		state = load64_acq(word64(&wg->state));
		if (counter_of(state) == 0)
			return;
	} while (!cas64_acqrel(word64(&wg->state), state, state + 1));
	rt_semacquire(&wg->sema, WaitWaitGroup);
	if (unlikely(load64_acq(word64(&wg->state)) != 0))
		go_panic("sync: WaitGroup is reused before previous Wait has returned");
}

// --- once ---

static void
once_over(void *arg)
{
	GoOnce *once = arg;

	store_rel(word(&once->done), 1);
	go_mutex_unlock(&once->m);
}

MAYSWITCH NOINLINE static void
once_slow(GoOnce *once, GoFunc fn, void *arg)
{
	Defer d = {.fn = once_over, .arg = once};

	go_mutex_lock(&once->m);
	if (load_relaxed(word(&once->done)) != 0) {
		go_mutex_unlock(&once->m);
		return;
	}
	// Deferred, so that a panic or go_exit in fn counts as a run, as in Go.
	rt_deferpush(&d);
	rt_nonil(fn);
	fn(arg);
	rt_deferdrop(&d);
	once_over(once);
}

MAYSWITCH void
go_once_do(GoOnce *once, GoFunc fn, void *arg)
{
	rt_nonil(once);
	if (unlikely(load_acq(word(&once->done)) == 0))
		once_slow(once, fn, arg);
}

// --- condition ---
//
// A waiter enters the queue and unlocks the mutex with the queue's lock held. The lock is released
// only when the waiter is parked. So a signal sent after the unlock finds the waiter, asleep.

typedef struct CondWaiter CondWaiter;
struct CondWaiter {
	G *gp;
	CondWaiter *next;
};

static Lock *
cond_lock(GoCond *cond)
{
	return (Lock *)(void *)cond->lock;
}

static_assert(sizeof(Lock) == sizeof((GoCond){0}.lock), "a condition has room for its lock");

MAYSWITCH void
go_cond_wait(GoCond *cond)
{
	CondWaiter w = {.gp = rt_g()};
	CondWaiter *last;

	rt_nonil(cond);
	rt_nonil(cond->l);
	w.gp->waitson = (uintptr_t)cond;
	rt_lock(cond_lock(cond));
	last = cond->tail;
	if (last)
		last->next = &w;
	else
		cond->head = &w;
	cond->tail = &w;
	go_mutex_unlock(cond->l);
	rt_park_unlock(cond_lock(cond), WaitCond);
	go_mutex_lock(cond->l);
}

// Takes the first max waiters off and readies them in order of arrival.
static void
wake(GoCond *cond, uint32_t max)
{
	CondWaiter *w, *next, *end;

	rt_lock(cond_lock(cond));
	w = end = cond->head;
	while (end && max-- > 0)
		end = end->next;
	cond->head = end;
	if (!end)
		cond->tail = NULL;
	rt_unlock(cond_lock(cond));
	for (; w != end; w = next) {
		next = w->next; // read now: w is on the stack of the woken goroutine
		rt_ready(w->gp);
	}
}

void
go_cond_signal(GoCond *cond)
{
	rt_nonil_here(cond);
	wake(cond, 1);
}

void
go_cond_broadcast(GoCond *cond)
{
	rt_nonil_here(cond);
	wake(cond, UINT32_MAX);
}
