// Compiled with musl's own headers, as thread.c is.
#define _GNU_SOURCE
#include <signal.h>

#include "record.h"

#include "../runtime/sync/futex.h"
#include "sent.h"

// A set of signals, a word of 64 bits, says which were sent: each thread has one, and one is for
// signals that any thread may take. A queue has what is told of them. Signals from SIGRTMIN up are
// in it as often as they were sent. Of the others one is kept, and is in the queue only if more can
// be told of it than that a thread has sent it.

enum { QueueMax = 1024 }; // Linux has as many for each process, or more

static Sent room[QueueMax];
static uint32_t nroom; // so many of them have been used
static Sent *spare, *first, **last = &first;
static AtomicU64 for_any;

Lock os_sent_lock = LOCK_INIT(RankNone);
AtomicU32 os_sent_timers;

static bool
is_queued(int sig)
{
	return sig >= SIGRTMIN;
}

static Sent *
take_room(void)
{
	Sent *s = spare;

	if (s)
		spare = s->next;
	else if (nroom < QueueMax)
		s = &room[nroom++];
	return s;
}

static void
append(Sent *s)
{
	s->next = NULL;
	*last = s;
	last = &s->next;
}

static void
unlink_at(Sent **at)
{
	Sent *s = *at;

	*at = s->next;
	if (last == &s->next)
		last = at;
	if (s->taken)
		return;
	s->next = spare;
	spare = s;
}

static Sent **
find(int tid, int sig)
{
	Sent **at = &first;

	while (*at && ((*at)->tid != tid || (*at)->sig != sig))
		at = &(*at)->next;
	return *at ? at : NULL;
}

static void
lower(AtomicU64 *set, int tid, int sig)
{
	if (!find(tid, sig))
		store64_rel(set, load64_acq(set) & ~os_sent_bit(sig));
}

// A thread that has ended takes none of its signals any more.
static void
forget_dead(void)
{
	Sent **at, **next;

	os_thread_look();
	rt_lock(&os_sent_lock);
	for (at = &first; *at; at = next) {
		bool alive = (*at)->tid == 0;

		for (uint32_t i = 0; i < load_acq(&allglen) && !alive; i++) {
			const Thread *t = allg_at(i)->machine.thread;

			alive = t && t->pt.tid == (*at)->tid;
		}
		next = alive ? &(*at)->next : at;
		if (!alive)
			unlink_at(at);
	}
	rt_unlock(&os_sent_lock);
	os_thread_looked();
}

static bool
put(Thread *t, const Sent *signal)
{
	AtomicU64 *set = t ? &t->pending : &for_any;
	int sig = signal->sig;
	uint64_t old;
	bool kept = true;
	Sent *s;

	rt_lock(&os_sent_lock);
	old = load64_acq(set);
	if (is_queued(sig) || (signal->code != SI_USER && !(old & os_sent_bit(sig)))) {
		kept = (s = take_room()) != NULL;
		if (kept) {
			*s = *signal;
			s->tid = t ? t->pt.tid : 0;
			append(s);
		}
	}
	if (kept || signal->code == SI_USER)
		store64_rel(set, old | os_sent_bit(sig));
	rt_unlock(&os_sent_lock);
	return kept;
}

bool
os_sent_put(Thread *t, const Sent *signal)
{
	if (put(t, signal))
		return true;
	forget_dead();
	return put(t, signal) || signal->code == SI_USER;
}

void
os_sent_put_locked(Sent *s)
{
	append(s);
	store64_rel(&for_any, load64_acq(&for_any) | os_sent_bit(s->sig));
}

void
os_sent_drop_locked(Sent *s)
{
	Sent **at = &first;

	while (*at != s)
		at = &(*at)->next;
	unlink_at(at);
	lower(&for_any, 0, s->sig);
}

void
os_sent_timers_changed(void)
{
	add_seq(&os_sent_timers, 1);
	rt_futexwake((uint32_t *)&os_sent_timers, 1);
}

// With the lock held. Returns whether it is a timer's.
static bool
take_from(AtomicU64 *set, int tid, int sig, Sent *signal)
{
	Sent **at = find(tid, sig);
	bool timer = at && (*at)->taken;

	*signal = (Sent){.sig = sig, .code = SI_USER};
	if (at) {
		*signal = **at;
		if (timer)
			signal->overrun = (*at)->taken(*at);
		unlink_at(at);
	}
	lower(set, tid, sig);
	return timer;
}

bool
os_sent_take(Thread *t, uint64_t wanted, Sent *signal)
{
	uint64_t found;
	bool timer = false;

	if (!(os_sent_for(t) & wanted))
		return false;
	rt_lock(&os_sent_lock);
	found = os_sent_for(t) & wanted;
	if (found) {
		int sig = __builtin_ctzll(found) + 1;

		if (load64_acq(&t->pending) & os_sent_bit(sig))
			timer = take_from(&t->pending, t->pt.tid, sig, signal);
		else
			timer = take_from(&for_any, 0, sig, signal);
	}
	rt_unlock(&os_sent_lock);
	if (timer)
		os_sent_timers_changed();
	return found != 0;
}

uint64_t
os_sent_for(Thread *t)
{
	return (t ? load64_acq(&t->pending) : 0) | load64_acq(&for_any);
}

void
os_sent_discard(int sig)
{
	Sent unused;
	bool timer = false;

	os_thread_look();
	rt_lock(&os_sent_lock);
	while (load64_acq(&for_any) & os_sent_bit(sig))
		timer |= take_from(&for_any, 0, sig, &unused);
	for (uint32_t i = 0; i < load_acq(&allglen); i++) {
		Thread *t = allg_at(i)->machine.thread;

		while (t && load64_acq(&t->pending) & os_sent_bit(sig))
			take_from(&t->pending, t->pt.tid, sig, &unused);
	}
	rt_unlock(&os_sent_lock);
	os_thread_looked();
	if (timer)
		os_sent_timers_changed();
}
