// Signals among threads: the handler runs on the thread that the signal is for, while it waits or
// computes. Masks, sigwait, and what a signal interrupts.

#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t got;
static volatile pthread_t ran_on;

static void
on_signal(int sig)
{
	ran_on = pthread_self();
	got = sig;
}

static siginfo_t told;

static void
on_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	told = *info;
	on_signal(sig);
}

static void
handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	check(sigaction(sig, &action, NULL) == 0);
}

static sigset_t
set(int sig)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, sig);
	return s;
}

static int
was(volatile sig_atomic_t *word)
{
	int sig = *word;

	*word = 0;
	return sig;
}

// --- waits that a signal ends, and those that go on ---

static sem_t ready, sem;
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static bool opened;

static void *
waits(void *arg)
{
	struct timespec long_time = {1000, 0}, rest = {0, 0};

	(void)arg;
	check(sem_wait(&sem) == -1 && errno == EINTR);
	check(nanosleep(&long_time, &rest) == -1 && errno == EINTR);
	check(rest.tv_sec >= 900 && rest.tv_sec < 1000);
	pthread_mutex_lock(&mu);
	while (!opened)
		check(pthread_cond_wait(&cond, &mu) == 0);
	pthread_mutex_unlock(&mu);
	return NULL;
}

static void
interrupts(void)
{
	static const char *const states[] = {"semacquire", "sleep", "pthread_cond_wait"};
	pthread_t t;

	handle(SIGUSR1, on_signal, 0);
	pthread_create(&t, NULL, waits, NULL);
	for (int i = 0; i < 3; i++) {
		until_waiting(1, states[i]);
		check(pthread_kill(t, SIGUSR1) == 0);
		until(got);
		check(was(&got) == SIGUSR1 && pthread_equal(ran_on, t));
	}
	pthread_mutex_lock(&mu);
	opened = true;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mu);
	pthread_join(t, NULL);
	puts("interrupts");
}

static void *
goes_on(void *arg)
{
	(void)arg;
	sem_post(&ready);
	check(sem_wait(&sem) == 0);
	return NULL;
}

static void *
computes(void *arg)
{
	(void)arg;
	sem_post(&ready);
	while (!got)
		;
	return NULL;
}

static void *
receives(void *chan)
{
	go_chan_recv(chan, NULL);
	return NULL;
}

static void
restarts(void)
{
	GoChan *chan = go_chan_make(0, 0);
	pthread_t t;

	handle(SIGUSR1, on_signal, SA_RESTART);
	pthread_create(&t, NULL, goes_on, NULL);
	sem_wait(&ready);
	check(pthread_kill(t, 0) == 0 && pthread_kill(t, 1000) == EINVAL);
	check(pthread_kill(t, SIGUSR1) == 0);
	until(got);
	check(was(&got) == SIGUSR1 && pthread_equal(ran_on, t));
	sem_post(&sem);
	pthread_join(t, NULL);
	pthread_create(&t, NULL, computes, NULL);
	sem_wait(&ready);
	check(pthread_kill(t, SIGUSR1) == 0);
	pthread_join(t, NULL);
	check(was(&got) == SIGUSR1 && pthread_equal(ran_on, t));
	pthread_create(&t, NULL, receives, chan);
	until_waiting(1, "chan receive");
	check(pthread_kill(t, SIGUSR1) == 0 && !got);
	go_chan_send(chan, NULL);
	pthread_join(t, NULL);
	check(was(&got) == SIGUSR1 && pthread_equal(ran_on, t));
	go_chan_free(chan);
	puts("restarts");
}

// --- masks ---

static void *
has_mask(void *arg)
{
	sigset_t usr1 = set(SIGUSR1), usr2 = set(SIGUSR2), now;

	(void)arg;
	check(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
	check(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
	check(pthread_sigmask(SIG_BLOCK, &usr2, NULL) == 0);
	check(pthread_kill(pthread_self(), SIGUSR1) == 0 && !got);
	check(sigpending(&now) == 0 && sigismember(&now, SIGUSR1));
	check(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0);
	check(was(&got) == SIGUSR1 && pthread_equal(ran_on, pthread_self()));
	check(sigpending(&now) == 0 && !sigismember(&now, SIGUSR1));
	return NULL;
}

static void
masks(void)
{
	sigset_t usr1 = set(SIGUSR1), now;
	struct sigaction action = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO | SA_RESETHAND};
	pthread_t t;

	check(pthread_sigmask(-1, &usr1, NULL) == EINVAL);
	check(pthread_sigmask(SIG_BLOCK, &usr1, NULL) == 0);
	pthread_create(&t, NULL, has_mask, NULL);
	pthread_join(t, NULL);
	check(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
	check(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
	check(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0);
	check(raise(-1) == -1 && errno == EINVAL && raise(_NSIG) == -1);
	check(raise(SIGUSR1) == 0 && was(&got) == SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
	check(raise(SIGUSR1) == 0 && was(&got) == SIGUSR1 && told.si_signo == SIGUSR1);
	check(sigaction(SIGUSR1, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
	handle(SIGUSR1, on_signal, 0);
	check(sighold(SIGUSR1) == 0 && raise(SIGUSR1) == 0 && !got);
	check(sigrelse(SIGUSR1) == 0 && was(&got) == SIGUSR1);
	handle(SIGUSR1, SIG_IGN, 0);
	check(raise(SIGUSR1) == 0 && !got);
	check(raise(SIGCHLD) == 0 && raise(SIGTSTP) == 0 && kill(getpid(), SIGURG) == 0);
	puts("masks");
}

// --- signals for any thread ---

static void *
takes(void *arg)
{
	sigset_t s = set(SIGUSR2);
	struct timespec soon = {0, 1000000}, bad = {0, -1};
	siginfo_t info;
	int sig = 0;

	(void)arg;
	check(sigtimedwait(&s, &info, &soon) == -1 && errno == EAGAIN);
	check(sigtimedwait(&s, &info, &bad) == -1 && errno == EINVAL);
	sem_post(&ready);
	check(sigwait(&s, &sig) == 0 && sig == SIGUSR2);
	sem_post(&ready);
	check(sigwaitinfo(&s, &info) == SIGUSR2 && info.si_signo == SIGUSR2);
	return NULL;
}

static void
any_thread(void)
{
	sigset_t usr2 = set(SIGUSR2), none, now;
	pthread_t t, other;

	check(pthread_sigmask(SIG_BLOCK, &usr2, NULL) == 0);
	pthread_create(&t, NULL, takes, NULL);
	sem_wait(&ready);
	check(kill(getpid(), SIGUSR2) == 0);
	sem_wait(&ready);
	check(pthread_kill(t, SIGUSR2) == 0);
	pthread_join(t, NULL);
	handle(SIGUSR2, on_signal, 0);
	check(kill(getpid(), SIGUSR2) == 0 && !got);
	check(sigpending(&now) == 0 && sigismember(&now, SIGUSR2));
	sigemptyset(&none);
	check(sigsuspend(&none) == -1 && errno == EINTR && was(&got) == SIGUSR2);
	pthread_sigmask(SIG_UNBLOCK, &usr2, NULL);
	pthread_create(&other, NULL, computes, NULL);
	sem_wait(&ready);
	pthread_sigmask(SIG_BLOCK, &usr2, NULL);
	check(kill(getpid(), SIGUSR2) == 0);
	pthread_join(other, NULL);
	check(was(&got) == SIGUSR2 && pthread_equal(ran_on, other));
	check(kill(getpid(), 1000) == -1 && errno == EINVAL);
	check(kill(getpid() + 1, SIGUSR2) == -1 && errno == ESRCH);
	puts("any thread");
}

static volatile bool paused;

static void *
pauses(void *arg)
{
	check(pause() == -1 && errno == EINTR);
	paused = true;
	return arg;
}

// An alarm is blocked until the thread waits for it: else it could come before.
static void
alarms(void)
{
	sigset_t alrm = set(SIGALRM), none;
	pthread_t t;

	sigemptyset(&none);
	handle(SIGALRM, on_signal, 0);
	pthread_sigmask(SIG_BLOCK, &alrm, NULL);
	check(alarm(10000) == 0);
	check(alarm(1) > 9000);
	check(sigsuspend(&none) == -1 && errno == EINTR && was(&got) == SIGALRM);
	check(alarm(0) == 0);
	pthread_sigmask(SIG_UNBLOCK, &alrm, NULL);
	pthread_create(&t, NULL, pauses, NULL);
	until_waiting(1, "futex");
	pthread_kill(t, SIGALRM);
	pthread_join(t, NULL);
	check(paused && was(&got) == SIGALRM);
	puts("alarms");
}

static sigjmp_buf env;

static void
jumps(int sig)
{
	siglongjmp(env, sig);
}

static void
panics(int sig)
{
	(void)sig;
	go_panic("from a handler");
}

static void
raises(void *arg)
{
	(void)arg;
	raise(SIGUSR1);
}

// A handler that is left does not leave its signal blocked.
static void
left(void)
{
	volatile int n = 0;
	sigset_t now;

	handle(SIGUSR1, jumps, 0);
	if (sigsetjmp(env, 1) == 0 || n < 3) {
		n++;
		raise(SIGUSR1);
	}
	check(n == 3);
	handle(SIGUSR1, panics, 0);
	for (int i = 0; i < 3; i++)
		check(go_protect(raises, NULL) != NULL);
	check(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0 && !sigismember(&now, SIGUSR1));
	puts("left");
}

int
main(void)
{
	sem_init(&ready, 0, 0);
	sem_init(&sem, 0, 0);
	interrupts();
	restarts();
	masks();
	any_thread();
	alarms();
	left();
	return 0;
}
