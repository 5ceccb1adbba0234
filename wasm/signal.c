#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/sched.h"
#include "../runtime/sync/futex.h"
#include "../runtime/worldsema.h"
#include "sent.h"
#include "shape.h"
#include "thread.h"

// Signals among the threads of the program: those that it sends by pthread_kill, raise, kill,
// sigqueue and timers. None comes from outside, for there are no other processes. A handler runs on
// the thread that the signal is for: at once if that is the caller, or if it waits in the C
// library, else when it comes to wait there or yields. A signal without a handler does what POSIX
// says: nothing, or it ends the program. Nothing can be stopped by a signal.
//
// Sets of signals are words of 64 bits.

static AtomicU32 came; // counts signals: sigwait waits for a change

static uint64_t
bits_of(const sigset_t *set)
{
	enum { PerWord = 8 * sizeof set->__bits[0] };
	uint64_t bits = 0;

	for (int i = 0; i < 64; i += PerWord)
		bits |= (uint64_t)set->__bits[i / PerWord] << i;
	return bits;
}

static void
set_of(sigset_t *set, uint64_t bits)
{
	enum { PerWord = 8 * sizeof set->__bits[0] };

	memset(set, 0, sizeof *set);
	for (int i = 0; i < 64; i += PerWord)
		set->__bits[i / PerWord] = (unsigned long)(bits >> i);
}

static Thread *
self(void)
{
	M *mp = rt_m();
	G *gp = rt_g();

	return !mp || gp == mp->g0 ? NULL : os_thread(gp);
}

// --- signals without a handler ---

// They have no effect. Those that stop a process are among them.
static const uint64_t Harmless = UINT64_C(1) << (SIGCHLD - 1) | UINT64_C(1) << (SIGCONT - 1) |
                                 UINT64_C(1) << (SIGURG - 1) | UINT64_C(1) << (SIGWINCH - 1) |
                                 UINT64_C(1) << (SIGSTOP - 1) | UINT64_C(1) << (SIGTSTP - 1) |
                                 UINT64_C(1) << (SIGTTIN - 1) | UINT64_C(1) << (SIGTTOU - 1);

// Where a system writes a core file, the program dies with all stacks.
static const uint64_t Faults =
	UINT64_C(1) << (SIGQUIT - 1) | UINT64_C(1) << (SIGILL - 1) | UINT64_C(1) << (SIGTRAP - 1) |
	UINT64_C(1) << (SIGBUS - 1) | UINT64_C(1) << (SIGFPE - 1) | UINT64_C(1) << (SIGSEGV - 1) |
	UINT64_C(1) << (SIGSYS - 1) | UINT64_C(1) << (SIGXCPU - 1) | UINT64_C(1) << (SIGXFSZ - 1);

// Would the signal end the program if a thread took it now?
static bool
ends(int sig)
{
	struct sigaction action;

	return !(Harmless & os_sent_bit(sig)) && sigaction(sig, NULL, &action) == 0 &&
	       action.sa_handler == SIG_DFL;
}

// The exit code is a shell's. As in Emscripten, functions of atexit do not run.
NORETURN static void
end_by(int sig)
{
	if (sig == SIGABRT)
		abort();
	if (Faults & os_sent_bit(sig))
		rt_fatal(FatalThrow, strsignal(sig));
	rt_printf("signal %d without a handler: %s\n", (int32_t)sig, strsignal(sig));
	_Exit(128 + sig);
}

// --- handlers ---

static siginfo_t
told_of(const Sent *s)
{
	siginfo_t info = {.si_signo = s->sig, .si_code = s->code};

	if (s->code == SI_TIMER) {
		info.si_timerid = (int)(intptr_t)s->timer;
		info.si_overrun = s->overrun;
	} else {
		info.si_pid = getpid();
		info.si_uid = getuid();
	}
	info.si_value = s->value;
	return info;
}

MAYSWITCH static void
call_handler(const struct sigaction *action, const Sent *s)
{
	siginfo_t info = told_of(s);

	if (action->sa_handler == SIG_IGN || action->sa_handler == SIG_DFL)
		return;
	if (action->sa_flags & SA_SIGINFO)
		rt_thread_call((void *)action->sa_sigaction, SHAPE(3, 0), (uintptr_t)s->sig,
		               (uintptr_t)&info, 0);
	else
		rt_thread_call((void *)action->sa_handler, SHAPE(1, 0), (uintptr_t)s->sig, 0, 0);
}

// What a thread blocks while it runs a handler, and what it blocked before.
typedef struct {
	Thread *t;
	uint64_t before;
} Blocked;

static void
unblock(void *arg)
{
	const Blocked *b = arg;

	store64_rel(&b->t->blocked, b->before);
}

// A handler may end by a longjmp, too, or be left by a panic. Emscripten's sigsetjmp keeps no mask.
MAYSWITCH static bool
handle(Thread *t, const Sent *s)
{
	int sig = s->sig;
	struct sigaction action;
	Blocked blocked = {t, load64_acq(&t->blocked)};
	Defer over = {.fn = unblock, .arg = &blocked};
	uint64_t more;

	sigaction(sig, NULL, &action);
	if (ends(sig))
		end_by(sig);
	if (action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
		return false;
	more = bits_of(&action.sa_mask);
	if (!(action.sa_flags & SA_NODEFER))
		more |= os_sent_bit(sig);
	if (action.sa_flags & SA_RESETHAND)
		signal(sig, SIG_DFL);
	rt_deferpush(&over);
	store64_rel(&t->blocked, blocked.before | more);
	call_handler(&action, s);
	rt_deferdrop(&over);
	unblock(&blocked);
	t->handled++;
	return !(action.sa_flags & SA_RESTART);
}

// The signals that a thread does not take by a handler: it blocks them, or they end its sigwait.
static uint64_t
closed(Thread *t)
{
	return load64_acq(&t->blocked) | load64_acq(&t->awaited);
}

MAYSWITCH static bool
run_handlers(void *thread)
{
	Thread *t = thread;
	bool interrupts = false;
	Sent s;

	while (os_sent_take(t, ~closed(t), &s))
		interrupts |= handle(t, &s);
	return interrupts;
}

// --- sending ---

static void
announce(void)
{
	os_thread_signals = run_handlers;
	add_seq(&came, 1);
	rt_futexwake((uint32_t *)&came, UINT32_MAX);
}

// Is a thread in sigwait for the signal?
static bool
is_awaited(int sig)
{
	bool found = false;

	os_thread_look();
	for (uint32_t i = 0; i < load_acq(&allglen) && !found; i++) {
		Thread *t = allg_at(i)->machine.thread;

		found = t && t->gp && load64_acq(&t->awaited) & os_sent_bit(sig);
	}
	os_thread_looked();
	return found;
}

// Wakes a thread that does not block the signal, best one that waits.
static void
wake_any(int sig, const Thread *but)
{
	Thread *found = NULL;
	bool last;

	os_thread_look();
	for (uint32_t i = 0; i < load_acq(&allglen); i++) {
		Thread *t = allg_at(i)->machine.thread;

		if (!t || t == but || !t->gp || load64_acq(&t->blocked) & os_sent_bit(sig))
			continue;
		found = t;
		if (loadp_acq(&t->waitson))
			break;
	}
	last = found && ends(sig);
	if (found && !last)
		os_thread_want(found);
	os_thread_looked();
	if (last)
		end_by(sig);
}

MAYSWITCH static void
send_to(Thread *to, int sig)
{
	os_sent_put(to, &(Sent){.sig = sig, .code = SI_USER});
	announce();
	if (to == self())
		run_handlers(to);
	else if (to->gp && ends(sig) && !(closed(to) & os_sent_bit(sig)))
		end_by(sig);
	else if (to->gp)
		os_thread_want(to);
}

// Any thread may take the signal that does not block it: one in sigwait, the caller, one that
// waits, or the first that comes to wait.
MAYSWITCH void
os_signal_any(int sig, Thread *caller)
{
	announce();
	if (is_awaited(sig))
		return;
	if (caller)
		run_handlers(caller);
	if (os_sent_for(NULL) & os_sent_bit(sig))
		wake_any(sig, caller);
}

static bool
is_signal(int sig)
{
	return sig > 0 && sig < _NSIG;
}

// For a thread that runs no goroutine: the handler runs on the caller.
MAYSWITCH static void
handle_here(int sig)
{
	struct sigaction action;

	if (ends(sig))
		end_by(sig);
	sigaction(sig, NULL, &action);
	call_handler(&action, &(Sent){.sig = sig, .code = SI_USER});
}

int __wrap_raise(int sig);
int __wrap_kill(pid_t pid, int sig);
int __wrap_pthread_kill(pthread_t to, int sig);

MAYSWITCH int
__wrap_pthread_kill(pthread_t to, int sig)
{
	if (sig != 0 && !is_signal(sig))
		return EINVAL;
	if (to->self != to)
		return ESRCH;
	if (sig == 0)
		return 0;
	if (is_thread(to))
		send_to((Thread *)to, sig);
	else
		handle_here(sig);
	return 0;
}

MAYSWITCH int
__wrap_raise(int sig)
{
	Thread *t = self();

	if (sig != 0 && !is_signal(sig))
		return os_thread_fail(EINVAL);
	if (sig == 0)
		return 0;
	if (t)
		send_to(t, sig);
	else
		handle_here(sig);
	return 0;
}

MAYSWITCH int
__wrap_kill(pid_t pid, int sig)
{
	if (sig != 0 && !is_signal(sig))
		return os_thread_fail(EINVAL);
	if (pid != 0 && pid != -1 && pid != getpid() && pid != -getpgrp())
		return os_thread_fail(ESRCH);
	if (sig == 0)
		return 0;
	os_sent_put(NULL, &(Sent){.sig = sig, .code = SI_USER});
	os_signal_any(sig, self());
	return 0;
}

weak MAYSWITCH int
sigqueue(pid_t pid, int sig, const union sigval value)
{
	if (sig != 0 && !is_signal(sig))
		return os_thread_fail(EINVAL);
	if (pid != getpid())
		return os_thread_fail(ESRCH);
	if (sig == 0)
		return 0;
	if (!os_sent_put(NULL, &(Sent){.sig = sig, .code = SI_QUEUE, .value = value}))
		return os_thread_fail(EAGAIN);
	os_signal_any(sig, self());
	return 0;
}

// --- masks ---

int __wrap_pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old);
int __wrap_sigpending(sigset_t *set);

MAYSWITCH int
__wrap_pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	Thread *t = self();
	uint64_t now,
		given = set ? bits_of(set) & ~(os_sent_bit(SIGKILL) | os_sent_bit(SIGSTOP)) : 0;

	if (!t)
		return ENOTSUP;
	if (os_thread_due)
		os_thread_due();
	now = load64_acq(&t->blocked);
	if (set && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK)
		return EINVAL;
	if (old)
		set_of(old, now);
	if (!set)
		return 0;
	store64_rel(&t->blocked, how == SIG_BLOCK     ? now | given
	                         : how == SIG_UNBLOCK ? now & ~given
	                                              : given);
	run_handlers(t);
	return 0;
}

MAYSWITCH int
__wrap_sigpending(sigset_t *set)
{
	Thread *t = self();

	if (!t)
		return os_thread_fail(ENOTSUP);
	if (os_thread_due)
		os_thread_due();
	set_of(set, os_sent_for(t) & load64_acq(&t->blocked));
	return 0;
}

// --- waiting for a signal ---

// Returns 0 and the signal, or what is wrong.
MAYSWITCH static int
await(uint64_t wanted, int64_t until, Sent *s)
{
	Thread *t = self();
	uint64_t before; // of a wait in which this one is a handler's
	bool got;
	int end = 0;

	if (!t)
		return ENOTSUP;
	before = load64_acq(&t->awaited);
	store64_rel(&t->awaited, wanted);
	do {
		uint32_t now = load_seq(&came);

		got = os_sent_take(t, wanted, s);
		if (!got)
			end = os_thread_wait((uint32_t *)&came, now, until, WaitThreadWord, true);
	} while (!got && end != FutexTimedOut && end != ThreadInterrupted);
	store64_rel(&t->awaited, before);
	if (got)
		return 0;
	return end == FutexTimedOut ? EAGAIN : EINTR;
}

int __wrap_sigwait(const sigset_t *restrict set, int *restrict sig);
int __wrap_sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
                        const struct timespec *restrict limit);
int __wrap_sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info);

MAYSWITCH int
__wrap_sigwait(const sigset_t *restrict set, int *restrict sig)
{
	Sent s;
	int error;

	do
		error = await(bits_of(set), -1, &s);
	while (error == EINTR);
	if (!error)
		*sig = s.sig;
	return error;
}

MAYSWITCH int
__wrap_sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
                    const struct timespec *restrict limit)
{
	int64_t until = -1;
	int error;
	Sent s;

	if (limit && (limit->tv_sec < 0 || (unsigned long)limit->tv_nsec >= 1000000000ul))
		return os_thread_fail(EINVAL);
	if (limit)
		until = os_thread_until(limit);
	error = await(bits_of(set), until, &s);
	if (error)
		return os_thread_fail(error);
	if (info)
		*info = told_of(&s);
	return s.sig;
}

MAYSWITCH int
__wrap_sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return __wrap_sigtimedwait(set, info, NULL);
}

// Waits until a handler has run.
MAYSWITCH static int
suspend(Thread *t)
{
	uint32_t before = t->handled, now;

	for (;;) {
		now = load_seq(&came);
		run_handlers(t);
		if (t->handled != before)
			return os_thread_fail(EINTR);
		os_thread_wait((uint32_t *)&came, now, -1, WaitThreadWord, true);
	}
}

weak MAYSWITCH int
sigsuspend(const sigset_t *set)
{
	Thread *t = self();
	uint64_t before;

	if (!t)
		return os_thread_fail(ENOTSUP);
	before = load64_acq(&t->blocked);
	store64_rel(&t->blocked, bits_of(set) & ~(os_sent_bit(SIGKILL) | os_sent_bit(SIGSTOP)));
	suspend(t);
	store64_rel(&t->blocked, before);
	return os_thread_fail(EINTR);
}

int __wrap_pause(void);

MAYSWITCH int
__wrap_pause(void)
{
	Thread *t = self();

	return t ? suspend(t) : os_thread_fail(ENOTSUP);
}
