// Compiled with musl's own headers, as thread.c is.
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "record.h"

#include "../runtime/base/self.h"
#include "sent.h"
#include "thread.h"

// What the program decides about a signal, and the functions of System V for that, which Emscripten
// lacks.

static bool
is_signal(int sig)
{
	return sig > 0 && sig < _NSIG;
}

static bool
is_ignored(int sig, const struct sigaction *action)
{
	if (action->sa_handler == SIG_DFL)
		return sig == SIGCHLD || sig == SIGURG || sig == SIGWINCH || sig == SIGCONT;
	return action->sa_handler == SIG_IGN;
}

int
__real_sigaction(int sig, const struct sigaction *restrict action, struct sigaction *restrict old);
int
__wrap_sigaction(int sig, const struct sigaction *restrict action, struct sigaction *restrict old);
int __wrap___sigaction(int sig, const struct sigaction *restrict action,
                       struct sigaction *restrict old);

// Emscripten's takes each number, and handlers of SIGKILL and SIGSTOP.
int
__wrap_sigaction(int sig, const struct sigaction *restrict action, struct sigaction *restrict old)
{
	if (!is_signal(sig) || (action && (sig == SIGKILL || sig == SIGSTOP)))
		return os_thread_fail(EINVAL);
	if (__real_sigaction(sig, action, old) < 0)
		return -1;
	if (action && is_ignored(sig, action))
		os_sent_discard(sig);
	return 0;
}

int
__wrap___sigaction(int sig, const struct sigaction *restrict action, struct sigaction *restrict old)
{
	return __wrap_sigaction(sig, action, old);
}

// --- System V ---

MAYSWITCH static int
block_one(int how, int sig, sigset_t *old)
{
	sigset_t set;
	int error;

	if (!is_signal(sig))
		return os_thread_fail(EINVAL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	error = pthread_sigmask(how, &set, old);
	return error ? os_thread_fail(error) : 0;
}

weak MAYSWITCH int
sighold(int sig)
{
	return block_one(SIG_BLOCK, sig, NULL);
}

weak MAYSWITCH int
sigrelse(int sig)
{
	return block_one(SIG_UNBLOCK, sig, NULL);
}

weak int
sigignore(int sig)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	return sigaction(sig, &action, NULL);
}

weak MAYSWITCH void (*sigset(int sig, void (*handler)(int)))(int)
{
	struct sigaction action = {.sa_handler = handler}, old;
	bool holds = handler == SIG_HOLD;
	sigset_t before;

	if (sigaction(sig, holds ? NULL : &action, &old) < 0)
		return SIG_ERR;
	if (block_one(holds ? SIG_BLOCK : SIG_UNBLOCK, sig, &before) < 0)
		return SIG_ERR;
	return sigismember(&before, sig) ? SIG_HOLD : old.sa_handler;
}

weak MAYSWITCH int
sigpause(int sig)
{
	sigset_t set;

	if (!is_signal(sig))
		return os_thread_fail(EINVAL);
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	sigdelset(&set, sig);
	return sigsuspend(&set);
}

// --- another stack ---

// It is kept and checked, without effect: a handler has the stack of its thread.
weak int
sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
	M *mp = rt_m();
	stack_t *kept;

	if (!mp || rt_g() == mp->g0)
		return os_thread_fail(ENOTSUP);
	kept = &os_thread(rt_g())->other_stack;
	if (stack && stack->ss_flags & ~SS_DISABLE)
		return os_thread_fail(EINVAL);
	if (stack && !stack->ss_flags && stack->ss_size < MINSIGSTKSZ)
		return os_thread_fail(ENOMEM);
	if (old) {
		*old = *kept;
		if (!old->ss_sp)
			old->ss_flags = SS_DISABLE;
	}
	if (stack)
		*kept = stack->ss_flags ? (stack_t){.ss_flags = SS_DISABLE} : *stack;
	return 0;
}
