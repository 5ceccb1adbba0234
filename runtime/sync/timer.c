// Timers and sleep.
//
// All pending timers are in one heap, four children to a node, ordered by time, under one lock.
// Sysmon calls tick when the first is due, and sleeps until the next. Functions of timers run there
// with the lock held. So after a stop returns, the timer is no longer in use, and its owner may
// free it. These functions only ready a goroutine, send without waiting, or start a goroutine.

#include "timer.h"

#include <stdlib.h>
#include <string.h>

#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/throw.h"
#include "../sched/sched.h"
#include "../trace/trace.h"
#include "../worldsema.h"

enum {
	Kids = 4,
	TickBatch = 16, // timers fired in a row before others get the lock
};

typedef struct Slot Slot;
struct Slot {
	int64_t when;
	Timer *t;
};

static struct {
	Lock lock;
	Slot *heap;
	uint32_t len, room;
	// Copy of len for the deadlock check, which may not take the lock. It falls only after the
	// fired timer's function has run, so the check sees the goroutine which that made runnable.
	AtomicU32 pending;
} timers = {.lock = LOCK_INIT(RankTimer)};

// Sysmon looks at the heap again at this time or earlier. Whoever arms an earlier timer lowers it
// and wakes sysmon; sysmon raises it in tick. Stopping a timer does not change it: at worst sysmon
// wakes up once in vain. So a timer that is started and stopped all the time does not wake sysmon
// each time.
static int64_t watched = INT64_MAX; // the timers' lock
NOROOT(watched)

// --- the heap ---

static void
place(uint32_t i, Slot s)
{
	timers.heap[i] = s;
	s.t->place = i + 1;
}

// Puts s into its place between i and the root.
static void
rise(uint32_t i, Slot s)
{
	uint32_t up;

	for (; i > 0; i = up) {
		up = (i - 1) / Kids;
		if (timers.heap[up].when <= s.when)
			break;
		place(i, timers.heap[up]);
	}
	place(i, s);
}

// The earliest child of i, or len.
static uint32_t
first_kid(uint32_t i)
{
	uint32_t kid = i * Kids + 1;
	uint32_t end = kid + Kids < timers.len ? kid + Kids : timers.len;
	uint32_t best = kid;

	if (kid >= timers.len)
		return timers.len;
	while (++kid < end)
		if (timers.heap[kid].when < timers.heap[best].when)
			best = kid;
	return best;
}

// Puts s into its place between i and the leaves.
static void
sink(uint32_t i, Slot s)
{
	uint32_t kid;

	while ((kid = first_kid(i)) < timers.len && timers.heap[kid].when < s.when) {
		place(i, timers.heap[kid]);
		i = kid;
	}
	place(i, s);
}

static void
settle(uint32_t i, Slot s)
{
	if (i > 0 && timers.heap[(i - 1) / Kids].when > s.when)
		rise(i, s);
	else
		sink(i, s);
}

// Clears stale slots, which would lead to goroutines that slept: see look/leak.h.
static void
clear(Slot *slots, uint32_t n)
{
	if (n > 0)
		memset(slots, 0, n * sizeof *slots);
}

static void
grow(void)
{
	uint32_t room = timers.room == 0 ? 64 : timers.room * 2;
	Slot *heap = rt_must(calloc(room, sizeof *heap), "timer: out of memory for the heap");

	if (timers.len > 0)
		memcpy(heap, timers.heap, timers.len * sizeof *heap);
	clear(timers.heap, timers.len);
	free(timers.heap);
	timers.heap = heap;
	timers.room = room;
}

static void
insert_locked(Timer *t, int64_t when)
{
	if (timers.len == timers.room)
		grow();
	rise(timers.len++, (Slot){when, t});
}

static void
remove_locked(Timer *t)
{
	uint32_t i = t->place - 1;
	Slot last = timers.heap[--timers.len];

	clear(&timers.heap[timers.len], 1);
	t->place = 0;
	if (i < timers.len)
		settle(i, last);
}

// --- arming ---

// True: the caller must wake sysmon after it has released the lock.
static bool
arm_locked(Timer *t, int64_t when)
{
	if (t->place != 0)
		settle(t->place - 1, (Slot){when, t});
	else
		insert_locked(t, when);
	store_relaxed(&timers.pending, timers.len); // the unlock publishes it
	if (when >= watched)
		return false;
	watched = when;
	return true;
}

int64_t
rt_timerwhen(int64_t ns)
{
	int64_t now = os_nanotime();

	if (ns <= 0)
		return now;
	return ns > INT64_MAX - now ? INT64_MAX : now + ns;
}

bool
rt_timerstart(Timer *t, int64_t when)
{
	bool was, tell;

	rt_lock(&timers.lock);
	was = t->place != 0;
	tell = arm_locked(t, when);
	rt_unlock(&timers.lock);
	if (tell)
		rt_sysmon_wake();
	return was;
}

bool
rt_timerstop(Timer *t)
{
	bool was;

	rt_lock(&timers.lock);
	was = t->place != 0;
	if (was) {
		remove_locked(t);
		store_relaxed(&timers.pending, timers.len);
	}
	rt_unlock(&timers.lock);
	return was;
}

// --- firing: sysmon only ---

// Missed ticks are skipped: the next one is the first multiple of the period after now.
static int64_t
next_tick(int64_t when, int64_t period, int64_t now)
{
	int64_t latest = now - (now - when) % period;

	return period > INT64_MAX - latest ? INT64_MAX : latest + period;
}

static void
fire_first_locked(int64_t now)
{
	Slot s = timers.heap[0];

	if (s.t->period > 0) {
		s.when = next_tick(s.when, s.t->period, now);
		sink(0, s);
	} else {
		remove_locked(s.t);
	}
	rt_trace_now(TraceTimer, 0, 0);
	s.t->f(s.t, now);
	store_seq(&timers.pending, timers.len);
}

static int64_t
tick(int64_t now)
{
	int64_t next;

	rt_lock(&timers.lock);
	for (uint32_t n = 1; timers.len > 0 && timers.heap[0].when <= now; n++) {
		fire_first_locked(now);
		if (n % TickBatch == 0) {
			rt_unlock(&timers.lock);
			rt_lock(&timers.lock);
		}
	}
	next = timers.len > 0 ? timers.heap[0].when : INT64_MAX;
	watched = next;
	rt_unlock(&timers.lock);
	return next;
}

static bool
is_pending(void)
{
	return load_seq(&timers.pending) != 0;
}

void
rt_timerinit(void)
{
	rt_hooks.on_tick = tick;
	rt_hooks.on_idle = is_pending;
}

// --- sleep ---

int64_t
go_nanotime(void)
{
	return os_nanotime();
}

static void
wake_sleeper(Timer *t, int64_t now)
{
	G *gp = t->arg;

	(void)now;
	rt_ready(gp); // from here on t, which lies on gp's stack, may be gone
}

static void
unlock_timers(void *tell)
{
	rt_unlock(&timers.lock);
	if (tell)
		rt_sysmon_wake();
}

MAYSWITCH void
go_sleep(int64_t ns)
{
	Timer t = {.f = wake_sleeper, .arg = rt_g()};
	int64_t when;
	bool tell;

	if (ns <= 0)
		return;
	when = rt_timerwhen(ns);
	rt_lock(&timers.lock);
	tell = arm_locked(&t, when);
	// The lock is released once this goroutine is parked: sysmon cannot ready it earlier.
	rt_park(unlock_timers, tell ? &timers : NULL, WaitSleep);
}
