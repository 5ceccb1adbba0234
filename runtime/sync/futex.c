#include "futex.h"

#include "timer.h"
#include "../sched/sched.h"
#include "../sched/sema.h"

typedef struct Waiting Waiting;
struct Waiting {
	SemaWaiter sema;
	Timer timer;
	bool expired;
};

// The time is up. The goroutine may not be queued yet, or not any more.
static void
expire(Timer *t, int64_t now)
{
	Waiting *w = t->arg;
	Lock *l = rt_semalock(&w->sema);
	bool wake = w->sema.queued;

	(void)now;
	w->expired = true;
	if (wake)
		rt_semaleave_locked(&w->sema);
	rt_unlock(l);
	if (wake)
		rt_ready(w->sema.gp);
}

static bool
changed(const uint32_t *word, uint64_t val, bool wide)
{
	if (wide)
		return load64_seq((const AtomicU64 *)word) != val;
	return load_seq((const AtomicU32 *)word) != (uint32_t)val;
}

ALWAYS_INLINE MAYSWITCH enum FutexEnd
wait(const uint32_t *word, uint64_t val, bool wide, int64_t until, enum WaitReason reason,
     const AtomicU32 *stop)
{
	Waiting w = {.timer = {.f = expire}};
	enum FutexEnd end = FutexWoken;
	Lock *l;

	w.timer.arg = &w;
	w.sema.sema = word;
	if (until >= 0)
		rt_timerstart(&w.timer, until);
	l = rt_semaenter(word, &w.sema);
	if (changed(word, val, wide))
		end = FutexChanged;
	else if (w.expired)
		end = FutexTimedOut;
	else if (stop && load_seq(stop))
		end = FutexStopped;
	if (end == FutexWoken) {
		rt_park_unlock(l, reason);
		if (!w.sema.handoff)
			end = w.expired ? FutexTimedOut : FutexStopped;
	} else {
		rt_semaleave_locked(&w.sema);
		rt_unlock(l);
	}
	if (until >= 0)
		rt_timerstop(&w.timer);
	return end;
}

MAYSWITCH enum FutexEnd
rt_futexwait(const uint32_t *word, uint32_t val, int64_t until, enum WaitReason reason,
             const AtomicU32 *stop)
{
	return wait(word, val, false, until, reason, stop);
}

MAYSWITCH enum FutexEnd
rt_futexwait64(const uint64_t *word, uint64_t val, int64_t until, enum WaitReason reason)
{
	return wait((const uint32_t *)word, val, true, until, reason, NULL);
}

uint32_t
rt_futexwake(const uint32_t *word, uint32_t n)
{
	M *mp = rt_m();

	return rt_semawake(word, n, !mp || !mp->p);
}

void
rt_futexstop(const uint32_t *word, const G *gp)
{
	SemaWaiter probe = {.sema = word}, *w;
	Lock *l = rt_semalock(&probe);
	G *found = NULL;

	w = rt_semafind_locked(word, gp);
	if (w) {
		rt_semaleave_locked(w);
		found = w->gp;
	}
	rt_unlock(l);
	if (found)
		rt_ready(found);
}
