// A thread that only computes is ended by an asynchronous cancellation. A handler of a signal there
// may wait, end the thread, or leave the computation by siglongjmp.
// alone

#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static sem_t ready, sem;
static volatile bool stop;
static int cleaned;

static void
clean(void *arg)
{
	cleaned += *(int *)arg;
}

static void
handle(int sig, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	check(sigaction(sig, &action, NULL) == 0);
}

static void *
join(pthread_t t)
{
	void *result = NULL;

	check(pthread_join(t, &result) == 0);
	return result;
}

// --- cancellation ---

static void *
loops(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_push(clean, arg);
	sem_post(&ready);
	while (!stop)
		;
	pthread_cleanup_pop(0);
	return NULL;
}

static int
down(int n)
{
	return n == 0 ? stop : down(n - 1) + down(n - 1);
}

static void *
recurses(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_push(clean, arg);
	sem_post(&ready);
	while (down(10) == 0)
		;
	pthread_cleanup_pop(0);
	return NULL;
}

// A cancellation that comes while it is disabled, or deferred, waits.
static void *
refuses(void *arg)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_push(clean, arg);
	sem_post(&ready);
	while (!stop)
		;
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	while (down(10) == 0)
		;
	clean(arg);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *
enables(void *arg)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cleanup_push(clean, arg);
	sem_post(&ready);
	while (!stop)
		;
	clean(arg);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_cleanup_pop(0);
	return NULL;
}

// What the page's thread does for it is no place to end, though newer versions of Emscripten wait
// for that as for a condition.
static void *
asks(void *arg)
{
	struct stat found;

	sem_post(&ready);
	while (!stop)
		;
	check(stat("/no/such/file", &found) == -1);
	getuid();
	clean(arg);
	pthread_testcancel();
	return NULL;
}

// Returns by how much the handlers added.
static int
cancelled(void *(*fn)(void *), bool stops)
{
	int one = 1;
	pthread_t t;

	stop = false;
	cleaned = 0;
	pthread_create(&t, NULL, fn, &one);
	sem_wait(&ready);
	check(pthread_cancel(t) == 0);
	for (int i = 0; i < 10; i++)
		usleep(100); // it would end meanwhile
	stop = stops;
	check(join(t) == PTHREAD_CANCELED);
	return cleaned;
}

// --- handlers ---

static volatile int began, ended;

static void
waits(int sig)
{
	began = sig;
	sem_wait(&sem);
	ended = sig;
}

// What a thread had in hand is as it was when a handler has waited.
static void *
sums(void *arg)
{
	unsigned n = 0, sum = 0;
	int more = 3;

	sem_post(&ready);
	while (more > 0) {
		sum += n++ % 7;
		if (ended)
			more--;
	}
	for (unsigned i = 0; i < n; i++)
		sum -= i % 7;
	check(sum == 0);
	return arg;
}

static void
waiting(void)
{
	pthread_t t;

	handle(SIGUSR1, waits);
	pthread_create(&t, NULL, sums, &t);
	sem_wait(&ready);
	pthread_kill(t, SIGUSR1);
	until_waiting(1, "semacquire");
	check(began == SIGUSR1 && ended == 0);
	sem_post(&sem);
	check(join(t) == &t && ended == SIGUSR1);
	puts("waiting");
}

static void
exits(int sig)
{
	pthread_exit((void *)(intptr_t)sig);
}

static void *
spins(void *arg)
{
	pthread_cleanup_push(clean, arg);
	sem_post(&ready);
	while (!stop)
		;
	pthread_cleanup_pop(0);
	return NULL;
}

static void
exiting(void)
{
	int two = 2;
	pthread_t t;

	stop = false;
	cleaned = 0;
	handle(SIGUSR1, exits);
	pthread_create(&t, NULL, spins, &two);
	sem_wait(&ready);
	pthread_kill(t, SIGUSR1);
	check(join(t) == (void *)SIGUSR1 && cleaned == 2);
	puts("exiting");
}

static sigjmp_buf env;

static void
jumps(int sig)
{
	siglongjmp(env, sig);
}

__attribute__((noinline)) static void
compute(void)
{
	while (!stop)
		;
}

static void *
is_sent(void *arg)
{
	volatile int n = 0;

	if (sigsetjmp(env, 1) < 2) {
		n++;
		sem_post(&ready);
		compute();
	}
	check(n == 1);
	return arg;
}

// The caller may be main, which has asked for nothing yet that a thread has.
static void
timed(void)
{
	volatile int n = 0;

	handle(SIGALRM, jumps);
	if (sigsetjmp(env, 1) == 0 || n < 3) {
		n++;
		check(ualarm(1000, 0) == 0);
		compute();
	}
	check(n == 3);
	puts("timed");
}

static void
jumping(void)
{
	pthread_t t;

	handle(SIGUSR1, jumps);
	pthread_create(&t, NULL, is_sent, &t);
	sem_wait(&ready);
	pthread_kill(t, SIGUSR1);
	check(join(t) == &t);
	puts("jumping");
}

// In foreign code a handler runs in place.
GO_FOREIGN(threads_computing_spin) void threads_computing_spin(void)
{
	while (!stop)
		;
}

static void
stops(int sig)
{
	stop = sig;
}

static void *
is_foreign(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	sem_post(&ready);
	threads_computing_spin();
	clean(arg);
	for (;;)
		down(1);
	return NULL;
}

static void
foreign(void)
{
	int three = 3;
	pthread_t t;

	stop = false;
	cleaned = 0;
	handle(SIGUSR1, stops);
	pthread_create(&t, NULL, is_foreign, &three);
	sem_wait(&ready);
	pthread_cancel(t); // waits until it is back
	pthread_kill(t, SIGUSR1);
	check(join(t) == PTHREAD_CANCELED && cleaned == 3);
	puts("foreign");
}

int
main(void)
{
	timed();
	sem_init(&ready, 0, 0);
	sem_init(&sem, 0, 0);
	check(cancelled(loops, false) == 1);
	check(cancelled(recurses, false) == 1);
	check(cancelled(refuses, true) == 2);
	check(cancelled(enables, true) == 2);
	check(cancelled(asks, true) == 1);
	puts("cancelled");
	waiting();
	exiting();
	jumping();
	foreign();
	return 0;
}
