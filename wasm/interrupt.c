// Compiled with musl's own headers, as thread.c is.
#define _GNU_SOURCE

#include "record.h"

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/sched/preempt.h"
#include "../runtime/sched/sched.h"
#include "../runtime/sync/futex.h"
#include "thread.h"

// What interrupts a thread: a signal that is sent to it (signal.c), or its cancellation.
// - It waits in the C library: its wait ends, and it looks (os_thread_wait).
// - It computes in code that can be unwound: it leaves at a poll (ctx.c), and goes on with
//   rt_thread_interrupt, as goroutine code. So it can also be ended there.
// - It computes in other code: handlers run at a poll, in place (rt_signal_inplace). They may not
//   wait, and not leave the code that they interrupt.

bool (*os_thread_signals)(void *thread);
void (*os_thread_due)(void);

// The name tells the link step that this calls the C library for the program.
MAYSWITCH void rt_thread_interrupt(void *thread);

void
os_thread_poke(Thread *t)
{
	uintptr_t word = loadp_seq(&t->waitson);

	if (word != 0)
		rt_futexstop((uint32_t *)word, t->gp);
}

// From now on sysmon brings t to a poll, slice by slice.
static void
raise_flags(Thread *t)
{
	if (swap_acqrel(&t->stop, 1) == 0)
		add_seq(&sched.wanted, 1);
	store_seq(&t->stop_cp, 1);
}

void
os_thread_want(Thread *t)
{
	os_interrupt = rt_thread_interrupt;
	raise_flags(t);
	os_thread_poke(t);
	for (int i = 0; i < gomaxprocs; i++) {
		M *mp = allp[i]->m;

		if (mp && mp->curg && mp->curg == t->gp)
			rt_preempt(allp[i], PreemptStop);
	}
}

void
os_thread_lower(Thread *t)
{
	if (swap_acqrel(&t->stop, 0) != 0)
		add_seq(&sched.wanted, -1u);
	store_seq(&t->stop_cp, 0);
	if (t->pt.cancel)
		store_seq(&t->stop_cp, 1);
}

bool
os_thread_wanted(const G *gp)
{
	const Thread *t = gp->machine.thread;

	return t && load_seq(&t->stop);
}

// Lowers the flags, then looks at what they stand for. Returns whether a handler ran that ends a
// wait.
MAYSWITCH static bool
look_after(Thread *t)
{
	os_thread_lower(t);
	return os_thread_signals && os_thread_signals(t);
}

// Was the running thread cancelled, and may it end anywhere?
static bool
is_to_end(const Thread *t)
{
	return t->pt.cancel && t->pt.cancelasync && t->pt.canceldisable == PTHREAD_CANCEL_ENABLE;
}

// To the link step this is a function of the C library, whose callbacks run in place:
// link/kinds.js. No cancellation ends the thread here: with newer versions of Emscripten the code
// below may ask the page's thread, and the wait for that is a point of cancellation.
NOINLINE void
rt_signal_inplace(G *gp)
{
	Thread *t = gp->machine.thread;
	unsigned char disabled;

	if (!os_thread_wanted(gp))
		return;
	os_thread_lower(t);
	disabled = t->pt.canceldisable;
	t->pt.canceldisable = PTHREAD_CANCEL_DISABLE;
	if (os_thread_signals)
		os_thread_signals(t);
	t->pt.canceldisable = disabled;
	if (is_to_end(t))
		raise_flags(t); // until it is where it can end
}

MAYSWITCH static void
end_if_cancelled(const Thread *t)
{
	if (is_to_end(t))
		pthread_exit(PTHREAD_CANCELED);
}

MAYSWITCH void
rt_thread_interrupt(void *thread)
{
	look_after(thread);
	end_if_cancelled(thread);
}

// --- waiting ---

static long (*cancel)(void); // NULL until the program cancels

// As musl's __cancel: returns if the caller wants to be told.
MAYSWITCH static long
end_or_tell(void)
{
	struct pthread *self = __pthread_self();

	if (self->canceldisable == PTHREAD_CANCEL_ENABLE || self->cancelasync)
		pthread_exit(PTHREAD_CANCELED);
	self->canceldisable = PTHREAD_CANCEL_DISABLE;
	return -ECANCELED;
}

long __wrap___cancel(void);

// Newer versions of Emscripten call it in their own waits, for the page's thread to do something.
// There a thread that ends would leave locked what the page's thread needs: it waits on.
MAYSWITCH long
__wrap___cancel(void)
{
	return cancel && !os_pinned() ? cancel() : 0;
}

MAYSWITCH int
os_thread_wait(const uint32_t *word, uint32_t val, int64_t until, uint32_t reason, bool cp)
{
	Thread *t = os_thread(rt_g());
	bool ends = cp ? t->pt.canceldisable != PTHREAD_CANCEL_DISABLE
	               : t->pt.cancelasync && t->pt.canceldisable == PTHREAD_CANCEL_ENABLE;
	bool ran = false;
	enum FutexEnd end;

	if (os_thread_signals)
		look_after(t);
	swapp_acqrel(&t->waitson, (uintptr_t)word);
	end = rt_futexwait(word, val, until, reason, ends ? &t->stop_cp : &t->stop);
	storep_rel(&t->waitson, 0);
	if (end == FutexTimedOut && os_thread_due) {
		// Somebody may have kept a signal already, and not have stopped this thread yet.
		os_thread_due();
		ran = look_after(t);
	} else if (load_seq(&t->stop)) {
		ran = look_after(t);
	}
	if (ends && t->pt.cancel && cancel) {
		cancel();
		return FutexStopped;
	}
	if (end != FutexStopped)
		return end;
	return ran ? ThreadInterrupted : FutexWoken;
}

// --- cancellation ---

int __wrap_pthread_cancel(pthread_t to);

MAYSWITCH int
__wrap_pthread_cancel(pthread_t to)
{
	Thread *t = (Thread *)to;

	if (to->self != to)
		return ESRCH;
	cancel = end_or_tell;
	store_seq((AtomicU32 *)&to->cancel, 1);
	if (!is_thread(to))
		return 0; // Emscripten's own: it looks at pthread_testcancel
	store_seq(&t->stop_cp, 1);
	if (to == __pthread_self())
		end_if_cancelled(t);
	else if (to->cancelasync)
		os_thread_want(t);
	else
		os_thread_poke(t);
	return 0;
}

int __real_pthread_setcancelstate(int state, int *old);
int __wrap_pthread_setcancelstate(int state, int *old);

MAYSWITCH int
__wrap_pthread_setcancelstate(int state, int *old)
{
	int error = __real_pthread_setcancelstate(state, old);

	if (!error && is_thread(__pthread_self()))
		end_if_cancelled((Thread *)__pthread_self());
	return error;
}
