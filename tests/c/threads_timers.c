// Timers of POSIX send signals and start threads. Signals that carry a value wait in a queue.

#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static siginfo_t told[8];
static volatile sig_atomic_t ntold;

static void
on_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	check(info->si_signo == sig);
	if (ntold < 8)
		told[ntold] = *info;
	ntold++;
}

static void
on_signal(int sig)
{
	(void)sig;
	ntold++;
}

static void
handle(int sig)
{
	struct sigaction action = {.sa_sigaction = on_info, .sa_flags = SA_SIGINFO};

	check(sigaction(sig, &action, NULL) == 0);
}

static void
mask(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	check(pthread_sigmask(how, &set, NULL) == 0);
}

static int
count(void)
{
	int n = ntold;

	ntold = 0;
	return n;
}

static struct itimerspec
after(long ms, long interval_ms)
{
	return (struct itimerspec){
		.it_value = {ms / 1000, ms % 1000 * 1000000},
		.it_interval = {interval_ms / 1000, interval_ms % 1000 * 1000000}};
}

// --- what a program decides about a signal ---

static void
actions(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	stack_t stack = {.ss_sp = told, .ss_size = MINSIGSTKSZ - 1}, old;

	check(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL);
	check(sigaction(SIGSTOP, &action, NULL) == -1 && errno == EINVAL);
	check(sigaction(0, NULL, NULL) == -1 && errno == EINVAL);
	check(signal(SIGKILL, SIG_IGN) == SIG_ERR && errno == EINVAL);
	check(sigaction(SIGKILL, NULL, &action) == 0);

	check(sigset(SIGUSR1, on_signal) == SIG_DFL);
	check(sigset(SIGUSR1, SIG_HOLD) == on_signal);
	raise(SIGUSR1);
	check(count() == 0);
	check(sigset(SIGUSR1, on_signal) == SIG_HOLD);
	check(count() == 1);
	sighold(SIGUSR1);
	raise(SIGUSR1);
	check(sigpause(SIGUSR1) == -1 && errno == EINTR && count() == 1);
	sigrelse(SIGUSR1);
	check(sigignore(SIGUSR1) == 0);
	raise(SIGUSR1);
	check(count() == 0);
	check(sigset(_NSIG, on_signal) == SIG_ERR && errno == EINVAL);
	check(sigpause(-1) == -1 && errno == EINVAL);

	check(sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
	check(sigaltstack(&stack, NULL) == -1 && errno == ENOMEM);
	stack.ss_size++;
	check(sigaltstack(&stack, NULL) == 0);
	check(sigaltstack(NULL, &old) == 0 && old.ss_sp == stack.ss_sp && !old.ss_flags);
	stack.ss_flags = SS_DISABLE;
	check(sigaltstack(&stack, NULL) == 0);
	printf("System V's ways work, too\n");
}

// --- signals in a queue ---

static void
send(int sig, int value)
{
	check(sigqueue(getpid(), sig, (union sigval){.sival_int = value}) == 0);
}

static void
queue(void)
{
	sigset_t set;
	siginfo_t info;
	struct timespec none = {0, 0};

	handle(SIGRTMIN);
	handle(SIGRTMIN + 1);
	mask(SIG_BLOCK, SIGRTMIN);
	mask(SIG_BLOCK, SIGRTMIN + 1);
	send(SIGRTMIN + 1, 3);
	send(SIGRTMIN, 1);
	send(SIGRTMIN, 2);
	mask(SIG_UNBLOCK, SIGRTMIN);
	check(count() == 2);
	check(told[0].si_code == SI_QUEUE && told[0].si_pid == getpid());
	check(told[0].si_value.sival_int == 1 && told[1].si_value.sival_int == 2);
	send(SIGRTMIN + 1, 4);
	check(pthread_kill(pthread_self(), SIGRTMIN + 1) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	check(sigwaitinfo(&set, &info) == SIGRTMIN + 1 && info.si_code == SI_USER);
	check(sigwaitinfo(&set, &info) == SIGRTMIN + 1 && info.si_value.sival_int == 3);
	check(sigwaitinfo(&set, &info) == SIGRTMIN + 1 && info.si_value.sival_int == 4);
	check(sigtimedwait(&set, &info, &none) == -1 && errno == EAGAIN);
	mask(SIG_UNBLOCK, SIGRTMIN + 1);
	send(SIGRTMIN + 1, 5);
	check(count() == 1 && told[0].si_value.sival_int == 5);
	check(sigqueue(getpid(), -1, (union sigval){0}) == -1 && errno == EINVAL);
	check(sigqueue(INT_MAX, SIGRTMIN, (union sigval){0}) == -1 && errno == ESRCH);
	printf("values arrive in their order\n");
}

// More than fit are refused. What was sent to a thread that has ended makes room.
static void *
leaves(void *arg)
{
	(void)arg;
	mask(SIG_BLOCK, SIGRTMIN);
	for (int i = 0; i < 1000; i++)
		check(pthread_kill(pthread_self(), SIGRTMIN) == 0);
	return NULL;
}

static void
room(void)
{
	int n = 0;

	for (int i = 0; i < 3; i++) {
		pthread_t t;

		check(pthread_create(&t, NULL, leaves, NULL) == 0);
		check(pthread_join(t, NULL) == 0);
	}
	mask(SIG_BLOCK, SIGRTMIN);
	while (n < 100000 && sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0)
		n++;
	check(n >= 32 && n < 100000 && errno == EAGAIN);
	mask(SIG_UNBLOCK, SIGRTMIN);
	check(count() == n);
	mask(SIG_BLOCK, SIGRTMIN);
	send(SIGRTMIN, 1);
	check(signal(SIGRTMIN, SIG_IGN) != SIG_ERR);
	handle(SIGRTMIN);
	mask(SIG_UNBLOCK, SIGRTMIN);
	check(count() == 0);
	printf("the queue ends, and is emptied\n");
}

// --- timers ---

static void
once(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	struct itimerspec soon = after(1, 0), now;
	struct timespec until;
	timer_t id, other;

	event.sigev_value.sival_int = 77;
	handle(SIGUSR2);
	handle(SIGALRM);
	check(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	check(timer_create(CLOCK_REALTIME, NULL, &other) == 0 && other != id);
	check(timer_gettime(id, &now) == 0 && !now.it_value.tv_sec && !now.it_value.tv_nsec);
	check(timer_settime(id, 0, &soon, NULL) == 0);
	while (!ntold)
		pause();
	check(count() == 1 && told[0].si_code == SI_TIMER && told[0].si_value.sival_int == 77);
	check(timer_getoverrun(id) == 0);

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec -= until.tv_nsec % 1000000;
	soon = (struct itimerspec){.it_value = until};
	check(timer_settime(other, TIMER_ABSTIME, &soon, NULL) == 0);
	while (!ntold)
		sched_yield();
	check(count() == 1 && told[0].si_signo == SIGALRM);

	soon = after(1000000, 5);
	check(timer_settime(id, 0, &soon, NULL) == 0);
	soon = after(0, 0);
	check(timer_settime(id, 0, &soon, &now) == 0);
	check(now.it_value.tv_sec >= 900 && now.it_interval.tv_nsec == 5000000);
	soon.it_value.tv_nsec = 1000000000;
	check(timer_settime(id, 0, &soon, NULL) == -1 && errno == EINVAL);
	check(timer_delete(id) == 0 && timer_delete(other) == 0);
	check(timer_delete(id) == -1 && errno == EINVAL);
	check(timer_gettime(id, &now) == -1 && errno == EINVAL);
	check(timer_getoverrun(id) == -1 && errno == EINVAL);
	event.sigev_signo = -1;
	check(timer_create(CLOCK_REALTIME, &event, &id) == -1 && errno == EINVAL);
	check(timer_create(12345, NULL, &id) == -1 && errno == EINVAL);
	printf("a timer is due once\n");
}

// A timer that is due before a sleep ends has sent its signal by then.
static void
before_sleep(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
	timer_t id;

	check(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	for (int i = 0; i < 20; i++) {
		struct itimerspec soon = after(1, 0);
		struct timespec nap = soon.it_value; // which begins later

		check(timer_settime(id, 0, &soon, NULL) == 0);
		while (nanosleep(&nap, &nap) != 0)
			;
		check(count() == 1);
	}
	check(timer_delete(id) == 0);
	printf("it is due before a sleep ends\n");
}

// A timer whose signal is blocked is due again and again, and sends one signal.
static void
overrun(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
	struct itimerspec often = after(1, 1);
	sigset_t pending;
	timer_t id;
	struct timespec nap = {.tv_nsec = 20000000};

	check(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	mask(SIG_BLOCK, SIGRTMIN);
	check(timer_settime(id, 0, &often, NULL) == 0);
	do {
		nanosleep(&nap, NULL);
		sigpending(&pending);
	} while (!sigismember(&pending, SIGRTMIN));
	nanosleep(&nap, NULL);
	mask(SIG_UNBLOCK, SIGRTMIN);
	check(ntold >= 1 && told[0].si_overrun > 0);
	while (ntold < 5) // it goes on
		pause();
	check(timer_delete(id) == 0);
	mask(SIG_BLOCK, SIGRTMIN);
	check(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
	check(timer_settime(id, 0, &often, NULL) == 0);
	do {
		nanosleep(&nap, NULL);
		sigpending(&pending);
	} while (!sigismember(&pending, SIGRTMIN));
	check(timer_delete(id) == 0); // whether its signal still comes POSIX does not say
	mask(SIG_UNBLOCK, SIGRTMIN);
	count();
	printf("what a timer could not send it counts\n");
}

static sem_t called;

static void
on_time(union sigval value)
{
	check(value.sival_ptr == &called);
	sem_post(value.sival_ptr);
}

static void
threads(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD};
	struct itimerspec often = after(1, 1);
	timer_t id;

	event.sigev_notify_function = on_time;
	event.sigev_value.sival_ptr = &called;
	sem_init(&called, 0, 0);
	check(timer_create(CLOCK_REALTIME, &event, &id) == 0);
	check(timer_settime(id, 0, &often, NULL) == 0);
	for (int i = 0; i < 3; i++)
		sem_wait(&called);
	check(timer_delete(id) == 0);
	event.sigev_notify = SIGEV_NONE;
	check(timer_create(CLOCK_REALTIME, &event, &id) == 0);
	check(timer_settime(id, 0, &often, NULL) == 0);
	check(timer_gettime(id, &often) == 0);
	check(often.it_value.tv_nsec > 0 && often.it_value.tv_nsec <= 1000000);
	check(timer_delete(id) == 0);
	printf("a timer starts threads\n");
}

static void
interval(void)
{
	struct itimerval often = {{0, 1000}, {0, 1000}}, now;
	struct timespec time;
	unsigned left;

	handle(SIGALRM);
	check(setitimer(ITIMER_REAL, &often, NULL) == 0);
	while (ntold < 3)
		pause();
	check(getitimer(ITIMER_REAL, &now) == 0 && now.it_interval.tv_usec == 1000);
	check(alarm(1000) == 1);
	left = alarm(0);
	check(left > 900 && left <= 1000);
	check(alarm(0) == 0);
	check(setitimer(12, &often, NULL) == -1 && errno == EINVAL);
	often.it_value.tv_usec = 1000000;
	check(setitimer(ITIMER_REAL, &often, NULL) == -1 && errno == EINVAL);
	check(told[0].si_signo == SIGALRM);
	count();

	clock_gettime(CLOCK_REALTIME, &time);
	check(clock_settime(CLOCK_REALTIME, &time) == -1 && errno == EPERM);
	check(clock_settime(CLOCK_MONOTONIC, &time) == -1 && errno == EINVAL);
	check(clock_settime(12345, &time) == -1 && errno == EINVAL);
	time.tv_nsec = 1000000000;
	check(clock_settime(CLOCK_REALTIME, &time) == -1 && errno == EINVAL);
	printf("alarms come again and again\n");
}

int
main(void)
{
	actions();
	queue();
	room();
	once();
	before_sleep();
	overrun();
	threads();
	interval();
	return 0;
}
