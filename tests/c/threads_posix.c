// What POSIX says of threads and the other tests do not have: joins that do not wait, cancellation
// at once, priorities, named semaphores, absolute sleeps, and what is only kept.

#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static sem_t sem;

// --- joins ---

static void *
waits(void *arg)
{
	sem_wait(&sem);
	return arg;
}

static void
joins(void)
{
	struct timespec past = {0, 0}, bad = {0, 1000000000}, soon;
	pthread_t t;
	void *result;

	pthread_create(&t, NULL, waits, &t);
	check(pthread_tryjoin_np(t, &result) == EBUSY);
	check(pthread_timedjoin_np(t, &result, &past) == ETIMEDOUT);
	check(pthread_timedjoin_np(t, &result, &bad) == EINVAL);
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_sec += 1000;
	sem_post(&sem);
	check(pthread_timedjoin_np(t, &result, &soon) == 0 && result == &t);
	pthread_create(&t, NULL, waits, NULL);
	sem_post(&sem);
	until(pthread_tryjoin_np(t, &result) == 0);
	check(!result);
	check(pthread_join(pthread_self(), NULL) == EDEADLK); // main's thread can be joined
	puts("joins");
}

// --- asynchronous cancellation ---

static int cleaned;

static void
clean(void *arg)
{
	cleaned += *(int *)arg;
}

static void *
locks(void *arg)
{
	int was;

	check(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &was) == 0);
	check(was == PTHREAD_CANCEL_DEFERRED && pthread_setcanceltype(7, NULL) == EINVAL);
	pthread_cleanup_push(clean, arg);
	pthread_mutex_lock(&mu);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *
cancels_itself(void *arg)
{
	pthread_cleanup_push(clean, arg);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	pthread_cancel(pthread_self());
	pthread_cleanup_pop(0);
	return NULL;
}

static void
cancellation(void)
{
	int one = 1, ten = 10;
	pthread_t t;
	void *result;

	pthread_mutex_lock(&mu);
	pthread_create(&t, NULL, locks, &one);
	until_waiting(1, "sync.Mutex.Lock");
	check(pthread_cancel(t) == 0);
	check(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED && cleaned == 1);
	pthread_mutex_unlock(&mu);
	pthread_create(&t, NULL, cancels_itself, &ten);
	check(pthread_join(t, &result) == 0 && result == PTHREAD_CANCELED && cleaned == 11);
	check(pthread_mutex_trylock(&mu) == 0 && pthread_mutex_unlock(&mu) == 0);
	puts("cancellation");
}

// --- priorities: kept and checked ---

static void *
tells(void *arg)
{
	struct sched_param param;
	int policy;

	check(pthread_getschedparam(pthread_self(), &policy, &param) == 0);
	*(int *)arg = policy * 1000 + param.sched_priority;
	return NULL;
}

static int
told_with(const pthread_attr_t *attr)
{
	pthread_t t;
	int told = -1;

	if (pthread_create(&t, attr, tells, &told) == 0)
		pthread_join(t, NULL);
	return told;
}

static void
priorities(void)
{
	struct sched_param param = {.sched_priority = 20}, now;
	struct timespec slice;
	pthread_attr_t attr;
	pthread_t self = pthread_self();
	int policy;

	check(told_with(NULL) == SCHED_OTHER * 1000);
	pthread_attr_init(&attr);
	check(pthread_attr_setschedpolicy(&attr, 77) == EINVAL);
	check(pthread_attr_setschedpolicy(&attr, SCHED_FIFO) == 0);
	check(pthread_attr_setschedparam(&attr, &param) == 0);
	check(told_with(&attr) == SCHED_OTHER * 1000);
	check(pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED) == 0);
	check(told_with(&attr) == SCHED_FIFO * 1000 + 20);
	pthread_attr_setschedpolicy(&attr, SCHED_OTHER);
	check(told_with(&attr) == -1);
	now.sched_priority = 100;
	check(pthread_attr_setschedparam(&attr, &now) == EINVAL);
	now.sched_priority = -1;
	check(pthread_attr_setschedparam(&attr, &now) == EINVAL);
	check(pthread_setschedparam(self, SCHED_RR, &param) == 0);
	check(pthread_setschedprio(self, 100) == EINVAL && pthread_setschedprio(self, 30) == 0);
	check(pthread_getschedparam(self, &policy, &now) == 0);
	check(policy == SCHED_RR && now.sched_priority == 30 &&
	      told_with(NULL) == SCHED_RR * 1000 + 30);
	check(sched_getscheduler(0) == SCHED_RR && sched_getparam(getpid(), &now) == 0);
	check(now.sched_priority == 30 && sched_setparam(0, &param) == 0);
	check(sched_getscheduler(getpid() + 1) == -1 && errno == ESRCH);
	check(sched_getscheduler(-1) == -1 && errno == EINVAL);
	param.sched_priority = 0;
	check(sched_setscheduler(0, SCHED_RR, &param) == -1 && errno == EINVAL);
	check(sched_setscheduler(0, SCHED_OTHER, &param) == 0);
	check(sched_get_priority_max(SCHED_RR) - sched_get_priority_min(SCHED_RR) >= 31);
	check(sched_get_priority_max(77) == -1 && errno == EINVAL);
	check(sched_rr_get_interval(0, &slice) == 0 && slice.tv_nsec > 0);
	check(sched_rr_get_interval(0, NULL) == -1 && errno == EFAULT);
	puts("priorities");
}

// --- semaphores that have names ---

static void
named(void)
{
	char longest[NAME_MAX - 2];
	sem_t *a, *b;
	int n;

	check(sem_open("/a", 0) == SEM_FAILED && errno == ENOENT);
	a = sem_open("/a", O_CREAT, 0600, 2);
	b = sem_open("/a", O_CREAT, 0600, 7);
	check(a != SEM_FAILED && a == b && sem_getvalue(b, &n) == 0 && n == 2);
	check(sem_open("/a", O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED && errno == EEXIST);
	check(sem_open("/b", O_CREAT, 0600, SEM_VALUE_MAX + 1u) == SEM_FAILED && errno == EINVAL);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	check(sem_open(longest, O_CREAT, 0600, 1) == SEM_FAILED && errno == ENAMETOOLONG);
	check(sem_unlink(longest) == -1 && errno == ENAMETOOLONG && sem_unlink("") == -1);
	check(sem_close(b) == 0 && sem_trywait(a) == 0 && sem_close(a) == 0);
	check(sem_close(a) == -1 && errno == EINVAL);
	a = sem_open("/a", 0);
	check(sem_getvalue(a, &n) == 0 && n == 1);
	check(sem_unlink("/a") == 0 && sem_unlink("/a") == -1 && errno == ENOENT);
	b = sem_open("/a", O_CREAT | O_EXCL, 0600, 0);
	check(b != SEM_FAILED && b != a && sem_trywait(a) == 0);
	check(sem_close(a) == 0 && sem_close(b) == 0 && sem_unlink("/a") == 0);
	puts("named");
}

// --- time ---

static void
times(void)
{
	struct timespec past = {1, 0}, soon, bad = {0, 1000000000}, below = {-1, 0};

	check(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL) == 0);
	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_nsec += 1000000;
	soon.tv_sec += soon.tv_nsec / 1000000000;
	soon.tv_nsec %= 1000000000;
	check(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &soon, NULL) == 0);
	clock_gettime(CLOCK_MONOTONIC, &past);
	check(past.tv_sec > soon.tv_sec ||
	      (past.tv_sec == soon.tv_sec && past.tv_nsec >= soon.tv_nsec));
	check(clock_nanosleep(CLOCK_REALTIME, 0, &bad, NULL) == EINVAL);
	check(clock_nanosleep(CLOCK_REALTIME, 0, &below, NULL) == EINVAL);
	check(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &past, NULL) == EINVAL);
	check(clock_nanosleep(12345, 0, &past, NULL) == EINVAL);
	puts("times");
}

// --- robust mutexes of goroutines ---

static pthread_mutex_t robust;

static void
dies_with_it(void *arg)
{
	check(pthread_mutex_lock(&robust) == 0);
	sem_post(&sem);
	if (arg)
		go_exit();
}

static void
robusts(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attr);
	for (intptr_t i = 0; i < 2; i++) {
		go(dies_with_it, (void *)i);
		sem_wait(&sem);
		until(pthread_mutex_trylock(&robust) == EOWNERDEAD);
		check(pthread_mutex_consistent(&robust) == 0);
		check(pthread_mutex_unlock(&robust) == 0);
	}
	puts("robusts");
}

static void *
is_told(void *arg)
{
	return (void *)(intptr_t)pthread_mutex_lock(arg);
}

// One is told that the holder has died, and unlocks without making the mutex consistent.
static void
cannot_be_recovered(void)
{
	enum { N = 3 };
	pthread_t t[N];
	void *error;

	go(dies_with_it, NULL);
	sem_wait(&sem);
	until(pthread_mutex_trylock(&robust) == EOWNERDEAD);
	for (int i = 0; i < N; i++)
		pthread_create(&t[i], NULL, is_told, &robust);
	until_waiting(N, "sync.Mutex.Lock");
	check(pthread_mutex_unlock(&robust) == 0);
	for (int i = 0; i < N; i++)
		check(pthread_join(t[i], &error) == 0 && (intptr_t)error == ENOTRECOVERABLE);
	puts("all are told");
}

// --- keys ---

static pthread_key_t key;

static void *
keeps_value(void *arg)
{
	pthread_setspecific(key, arg);
	sem_post(&sem);
	pthread_mutex_lock(&mu);
	pthread_mutex_unlock(&mu);
	return pthread_getspecific(key);
}

static void
exits(void *value)
{
	cleaned++;
	pthread_exit(value);
}

static void *
ends(void *arg)
{
	pthread_setspecific(key, arg);
	return NULL;
}

static void
keys(void)
{
	pthread_key_t first;
	pthread_t t;
	void *value;

	pthread_key_create(&key, clean);
	first = key;
	pthread_setspecific(key, &mu);
	pthread_mutex_lock(&mu);
	pthread_create(&t, NULL, keeps_value, &t);
	sem_wait(&sem);
	check(pthread_key_delete(key) == 0 && pthread_key_create(&key, clean) == 0);
	check(key == first && !pthread_getspecific(key));
	pthread_mutex_unlock(&mu);
	check(pthread_join(t, &value) == 0 && !value);
	pthread_key_delete(key);

	cleaned = 0;
	pthread_key_create(&key, exits);
	pthread_create(&t, NULL, ends, &t);
	check(pthread_join(t, &value) == 0 && value == &t && cleaned == 1);
	pthread_key_delete(key);
	puts("keys");
}

// --- what is only kept, or refused ---

static void
nothing(void)
{
}

static void
kept(void)
{
	pthread_attr_t attr;
	pthread_mutexattr_t mutex;
	clockid_t clock;
	size_t bytes;
	int ceiling;

	check(pthread_atfork(nothing, nothing, nothing) == 0);
	check(fork() == -1 && errno == ENOSYS);
	pthread_attr_init(&attr);
	check(pthread_attr_setguardsize(&attr, 12345) == 0);
	check(pthread_attr_getguardsize(&attr, &bytes) == 0 && bytes == 12345);
	check(told_with(&attr) == SCHED_OTHER * 1000);
	check(pthread_getcpuclockid(pthread_self(), &clock) == ENOENT);
	check(pthread_getconcurrency() == 0);
	pthread_mutexattr_init(&mutex);
	check(pthread_mutexattr_setprotocol(&mutex, PTHREAD_PRIO_PROTECT) == ENOTSUP);
	check(pthread_mutexattr_setprotocol(&mutex, PTHREAD_PRIO_NONE) == 0);
	check(pthread_mutex_getprioceiling(&mu, &ceiling) == EINVAL);
	puts("kept");
}

// --- the order in which they begin ---

static _Atomic int begun;

static void *
begins(void *number)
{
	bool shuffled = getenv("WORLDSEMA_STRESS"); // perhaps

	check(begun++ == (int)(intptr_t)number || shuffled);
	return NULL;
}

// On one P it is the order in which they were made. Many programs take that for granted: the last
// one may spin until the first has done something.
static void
order(void)
{
	int before = go_max_procs(1);
	pthread_t t[5];

	for (int i = 0; i < 5; i++)
		check(pthread_create(&t[i], NULL, begins, (void *)(intptr_t)i) == 0);
	for (int i = 0; i < 5; i++)
		pthread_join(t[i], NULL);
	go_max_procs(before);
	puts("order");
}

int
main(void)
{
	sem_init(&sem, 0, 0);
	order();
	joins();
	cancellation();
	priorities();
	named();
	times();
	robusts();
	cannot_be_recovered();
	keys();
	kept();
	return 0;
}
