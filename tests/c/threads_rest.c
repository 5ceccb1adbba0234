// The rest of pthreads, semaphores and threads of C11: attributes, spin locks, robust mutexes,
// clocks, names, and what is refused.

#define _GNU_SOURCE
#include "check.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_spinlock_t spin;
static int counted;

static void *
spins(void *arg)
{
	for (int i = 0; i < 50; i++) {
		int before;

		check(pthread_spin_lock(&spin) == 0);
		before = counted;
		sched_yield();
		counted = before + 1;
		pthread_spin_unlock(&spin);
	}
	return arg;
}

static pthread_mutex_t robust;

static void *
dies_with_it(void *arg)
{
	check(pthread_mutex_lock(&robust) == 0);
	return arg;
}

static void *
own_attributes(void *arg)
{
	pthread_attr_t attr;
	void *stack;
	size_t bytes;
	int detached;

	check(pthread_getattr_np(pthread_self(), &attr) == 0);
	check(pthread_attr_getstack(&attr, &stack, &bytes) == 0);
	check(bytes == (size_t)(uintptr_t)arg);
	check((char *)&bytes > (char *)stack && (char *)&bytes < (char *)stack + bytes);
	check(pthread_attr_getdetachstate(&attr, &detached) == 0);
	check(detached == PTHREAD_CREATE_JOINABLE);
	return NULL;
}

static void
attributes(void)
{
	pthread_attr_t attr;
	pthread_t t;
	size_t bytes;

	pthread_attr_init(&attr);
	check(pthread_attr_setstacksize(&attr, 100) == EINVAL);
	check(pthread_attr_setstacksize(&attr, 200000) == 0);
	check(pthread_attr_getstacksize(&attr, &bytes) == 0 && bytes == 200000);
	check(pthread_create(&t, &attr, own_attributes, (void *)200000) == 0);
	pthread_join(t, NULL);
	check(pthread_create(&t, NULL, own_attributes, (void *)65536) == 0);
	pthread_join(t, NULL);
	check(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN) == 0);
	check(pthread_create(&t, &attr, own_attributes, (void *)PTHREAD_STACK_MIN) == 0);
	pthread_join(t, NULL);
	pthread_attr_destroy(&attr);
	puts("attributes");
}

static void
robusts(void)
{
	pthread_mutexattr_t attr;
	pthread_t t;

	pthread_mutexattr_init(&attr);
	check(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST) == 0);
	pthread_mutex_init(&robust, &attr);
	pthread_create(&t, NULL, dies_with_it, NULL);
	pthread_join(t, NULL);
	check(pthread_mutex_lock(&robust) == EOWNERDEAD);
	check(pthread_mutex_consistent(&robust) == 0);
	check(pthread_mutex_unlock(&robust) == 0);
	check(pthread_mutex_lock(&robust) == 0);
	pthread_mutex_unlock(&robust);
	puts("robust");
}

// --- functions of other types, as old C has them ---

static int plain, cleaned;

static void *
no_parameter()
{
	plain++;
	sched_yield();
	return (void *)7;
}

static void
no_result()
{
	plain++;
	sched_yield();
}

static int
to_clean()
{
	sched_yield();
	return ++cleaned;
}

static void *
does_once(void *once)
{
	pthread_once(once, (void *)no_parameter);
	return NULL;
}

static void *
has_handlers(void *key)
{
	pthread_setspecific(*(pthread_key_t *)key, key);
	pthread_cleanup_push((void *)to_clean, NULL);
	pthread_cleanup_push((void *)no_result, NULL);
	pthread_cleanup_pop(1);
	pthread_exit(NULL);
	pthread_cleanup_pop(0);
}

static void
old_style(void)
{
	pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_key_t key;
	pthread_t t;
	void *result;

	check(pthread_create(&t, NULL, no_parameter, NULL) == 0);
	check(pthread_join(t, &result) == 0 && result == (void *)7);
	check(pthread_create(&t, NULL, (void *)no_result, NULL) == 0);
	check(pthread_join(t, NULL) == 0);
	pthread_key_create(&key, (void *)to_clean);
	check(pthread_create(&t, NULL, has_handlers, &key) == 0);
	check(pthread_join(t, NULL) == 0);
	check(pthread_create(&t, NULL, does_once, &once) == 0);
	check(pthread_join(t, NULL) == 0);
	printf("old style: %d %d\n", plain, cleaned);
}

static void
names(void)
{
	char name[16];

	check(pthread_setname_np(pthread_self(), "a name that is far too long") == ERANGE);
	check(pthread_setname_np(pthread_self(), "main") == 0);
	(void)name;
}

static void
clocks(void)
{
	pthread_condattr_t attr;
	pthread_cond_t cond;
	pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
	struct timespec soon;

	pthread_condattr_init(&attr);
	check(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	pthread_cond_init(&cond, &attr);
	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_nsec += 2000000;
	if (soon.tv_nsec >= 1000000000) {
		soon.tv_nsec -= 1000000000;
		soon.tv_sec++;
	}
	pthread_mutex_lock(&mu);
	check(pthread_cond_timedwait(&cond, &mu, &soon) == ETIMEDOUT);
	pthread_mutex_unlock(&mu);
	puts("clocks");
}

static void
semaphores(void)
{
	sem_t sem;
	int n;

	check(sem_init(&sem, 0, 2) == 0);
	check(sem_trywait(&sem) == 0 && sem_wait(&sem) == 0);
	check(sem_trywait(&sem) == -1 && errno == EAGAIN);
	check(sem_getvalue(&sem, &n) == 0 && n == 0);
	check(sem_destroy(&sem) == 0);
	puts("semaphores");
}

static void
sleeps(void)
{
	struct timespec ms = {0, 1000000};
	int64_t before = go_nanotime();

	check(nanosleep(&ms, NULL) == 0);
	check(clock_nanosleep(CLOCK_MONOTONIC, 0, &ms, NULL) == 0);
	check(thrd_sleep(&ms, NULL) == 0);
	check(usleep(1000) == 0);
	check(go_nanotime() - before >= 4000000);
	puts("sleeps");
}

int
main(void)
{
	pthread_t all[10];

	pthread_spin_init(&spin, 0);
	for (int i = 0; i < 10; i++)
		pthread_create(&all[i], NULL, spins, NULL);
	for (int i = 0; i < 10; i++)
		pthread_join(all[i], NULL);
	printf("spun: %d\n", counted);
	attributes();
	robusts();
	old_style();
	names();
	clocks();
	semaphores();
	sleeps();
	check(pthread_equal(pthread_self(), pthread_self()));
	check(sysconf(_SC_NPROCESSORS_ONLN) == go_max_procs(0));
	return 0;
}
