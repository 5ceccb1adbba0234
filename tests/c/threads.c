// Threads of pthreads are goroutines: more than there are workers, with locks of every type,
// conditions, semaphores, barriers, keys, and ends of every kind.

#include "check.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { Many = 200 };

static pthread_t ids[Many];
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int counted;

static void
start(int n, void *(*fn)(void *))
{
	for (intptr_t i = 0; i < n; i++)
		check(pthread_create(&ids[i], NULL, fn, (void *)i) == 0);
}

static int
join(int n)
{
	intptr_t sum = 0;
	void *result;

	for (int i = 0; i < n; i++) {
		check(pthread_join(ids[i], &result) == 0);
		sum += (intptr_t)result;
	}
	return (int)sum;
}

// --- locks of each type ---

static pthread_mutex_t lock;
static int type;

static void *
locks(void *arg)
{
	for (int i = 0; i < 20; i++) {
		int before;

		check(pthread_mutex_lock(&lock) == 0);
		if (type == PTHREAD_MUTEX_RECURSIVE)
			check(pthread_mutex_lock(&lock) == 0);
		if (type == PTHREAD_MUTEX_ERRORCHECK)
			check(pthread_mutex_lock(&lock) == EDEADLK);
		before = counted;
		sched_yield();
		counted = before + 1;
		if (type == PTHREAD_MUTEX_RECURSIVE)
			check(pthread_mutex_unlock(&lock) == 0);
		check(pthread_mutex_unlock(&lock) == 0);
	}
	return arg;
}

static void
mutexes(void)
{
	static const int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
	                            PTHREAD_MUTEX_ERRORCHECK};

	for (int k = 0; k < 3; k++) {
		pthread_mutexattr_t attr;

		type = types[k];
		pthread_mutexattr_init(&attr);
		pthread_mutexattr_settype(&attr, type);
		pthread_mutex_init(&lock, &attr);
		counted = 0;
		start(30, locks);
		check(join(30) == 30 * 29 / 2);
		check(counted == 600);
		check(type != PTHREAD_MUTEX_ERRORCHECK || pthread_mutex_unlock(&lock) == EPERM);
		pthread_mutex_destroy(&lock);
	}
	puts("mutexes");
}

// --- readers and writers ---

static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static int readers, pair[2];

static void *
reads_and_writes(void *arg)
{
	for (int i = 0; i < 10; i++) {
		if (((intptr_t)arg + i) % 3 == 0) {
			check(pthread_rwlock_wrlock(&rw) == 0);
			check(readers == 0);
			pair[0]++;
			sched_yield();
			pair[1]++;
		} else {
			check(pthread_rwlock_rdlock(&rw) == 0);
			__atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
			sched_yield();
			check(pair[0] == pair[1]);
			__atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
		}
		check(pthread_rwlock_unlock(&rw) == 0);
	}
	return NULL;
}

// --- a pool that hands work to itself ---

static int queue[64], head, tail, done;

static void *
serves(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&mu);
	while (done < 100) {
		while (head == tail && done < 100)
			pthread_cond_wait(&cond, &mu);
		if (done == 100)
			break;
		done++;
		if (queue[head++ % 64] < 99)
			queue[tail++ % 64] = done;
		pthread_cond_broadcast(&cond);
	}
	pthread_mutex_unlock(&mu);
	return NULL;
}

// --- semaphores and barriers ---

static sem_t sem;
static pthread_barrier_t barrier;
static int people, last, passed;

static void *
meets(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++) {
		int n;

		__atomic_add_fetch(&passed, 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&last, 1, __ATOMIC_SEQ_CST);
		n = __atomic_load_n(&passed, __ATOMIC_SEQ_CST);
		check(n >= people * (i + 1));
		pthread_barrier_wait(&barrier);
	}
	sem_post(&sem);
	return NULL;
}

// --- time limits ---

static struct timespec
in_ms(int ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *
holds(void *arg)
{
	pthread_mutex_lock(&mu);
	sem_post(&sem);
	sem_wait(arg);
	pthread_mutex_unlock(&mu);
	return NULL;
}

static void
limits(void)
{
	struct timespec soon = in_ms(2), past = in_ms(-5000), bad = {0, 2000000000};
	sem_t let_go;

	sem_init(&sem, 0, 0);
	sem_init(&let_go, 0, 0);
	pthread_create(&ids[0], NULL, holds, &let_go);
	sem_wait(&sem);
	check(pthread_mutex_trylock(&mu) == EBUSY);
	check(pthread_mutex_timedlock(&mu, &soon) == ETIMEDOUT);
	check(pthread_mutex_timedlock(&mu, &past) == ETIMEDOUT);
	check(pthread_mutex_timedlock(&mu, &bad) == EINVAL);
	check(sem_timedwait(&sem, &soon) == -1 && errno == ETIMEDOUT);
	sem_post(&let_go);
	pthread_join(ids[0], NULL);
	pthread_mutex_lock(&mu);
	soon = in_ms(2);
	check(pthread_cond_timedwait(&cond, &mu, &soon) == ETIMEDOUT);
	pthread_mutex_unlock(&mu);
	puts("limits");
}

// --- keys, once ---

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int destroyed, made;

static void
destroy(void *value)
{
	check(value == (void *)pthread_self());
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void
make(void)
{
	sched_yield(); // the others wait for this
	made++;
}

static void *
has_value(void *arg)
{
	pthread_once(&once, make);
	check(made == 1);
	check(!pthread_getspecific(key));
	check(pthread_setspecific(key, (void *)pthread_self()) == 0);
	errno = (int)(intptr_t)arg;
	sched_yield();
	check(pthread_getspecific(key) == (void *)pthread_self());
	check(errno == (int)(intptr_t)arg);
	return NULL;
}

static void
has_value_too(void *wg)
{
	has_value((void *)7);
	go_waitgroup_done(wg);
}

// --- ends ---

static int cleaned;

static void
clean(void *arg)
{
	cleaned += (int)(intptr_t)arg;
}

static void
deep(int n)
{
	if (n == 0)
		pthread_exit((void *)5);
	pthread_cleanup_push(clean, (void *)1);
	deep(n - 1);
	pthread_cleanup_pop(0);
}

static void *
exits(void *arg)
{
	(void)arg;
	deep(3);
	return NULL;
}

static void *
waits_for_ever(void *arg)
{
	pthread_cleanup_push(clean, (void *)100);
	sem_post(&sem);
	if (arg)
		pthread_join((pthread_t)arg, NULL);
	pthread_mutex_lock(&mu);
	for (;;)
		pthread_cond_wait(&cond, &mu);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *
cannot_be_cancelled(void *arg)
{
	int was;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &was);
	check(was == PTHREAD_CANCEL_ENABLE);
	sem_post(&sem);
	sem_wait(arg);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	return NULL;
}

static void
ends(void)
{
	sem_t go_on;
	void *result;
	pthread_attr_t attr;

	start(3, exits);
	check(join(3) == 15);
	check(cleaned == 9);

	sem_init(&sem, 0, 0);
	pthread_create(&ids[0], NULL, waits_for_ever, NULL);
	sem_wait(&sem);
	check(pthread_cancel(ids[0]) == 0);
	check(pthread_join(ids[0], &result) == 0 && result == PTHREAD_CANCELED);
	check(cleaned == 109);

	sem_init(&go_on, 0, 0);
	pthread_create(&ids[0], NULL, cannot_be_cancelled, &go_on);
	sem_wait(&sem);
	check(pthread_cancel(ids[0]) == 0);
	sem_post(&go_on);
	check(pthread_join(ids[0], &result) == 0 && result == PTHREAD_CANCELED);

	check(pthread_join(pthread_self(), NULL) != 0);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 1 << 20);
	check(pthread_create(&ids[0], &attr, meets, NULL) == 0);
	pthread_create(&ids[1], NULL, meets, NULL);
	check(pthread_detach(ids[1]) == 0);
	puts("ends");
}

// --- threads of C11 ---

static void
adds(void *arg)
{
	sched_yield();
	__atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
}

static void *
defers(void *arg)
{
	go_defer(adds, &passed);
	if (arg)
		pthread_exit(arg);
	return arg;
}

static mtx_t c11;
static cnd_t c11_cond;
static tss_t c11_key;

static int
c11_thread(void *arg)
{
	mtx_lock(&c11);
	check(tss_set(c11_key, arg) == thrd_success);
	(*(int *)arg)++;
	cnd_signal(&c11_cond);
	mtx_unlock(&c11);
	check(tss_get(c11_key) == arg);
	thrd_exit(6);
}

static void
c11_threads(void)
{
	int n = 0, result;
	thrd_t t;

	check(mtx_init(&c11, mtx_plain) == thrd_success);
	check(cnd_init(&c11_cond) == thrd_success);
	check(tss_create(&c11_key, NULL) == thrd_success);
	mtx_lock(&c11);
	check(thrd_create(&t, c11_thread, &n) == thrd_success);
	while (n == 0)
		cnd_wait(&c11_cond, &c11);
	mtx_unlock(&c11);
	check(thrd_join(t, &result) == thrd_success && result == 6);
	thrd_yield();
	puts("c11");
}

int
main(void)
{
	GoWaitGroup wg = {0};

	mutexes();
	start(40, reads_and_writes);
	join(40);
	printf("written: %d\n", pair[0]);
	queue[tail++] = 0;
	start(4, serves);
	join(4);
	printf("served: %d\n", done);
	sem_init(&sem, 0, 0);
	people = 20;
	pthread_barrier_init(&barrier, NULL, 20);
	start(20, meets);
	for (int i = 0; i < 20; i++)
		sem_wait(&sem);
	join(20);
	printf("met: %d, last: %d\n", passed, last);
	limits();
	pthread_key_create(&key, destroy);
	start(50, has_value);
	go_waitgroup_add(&wg, 1);
	go(has_value_too, &wg);
	go_waitgroup_wait(&wg);
	join(50);
	until(destroyed == 51);
	printf("destroyed: %d\n", destroyed);
	passed = last = 0;
	people = 2;
	pthread_barrier_init(&barrier, NULL, 2);
	ends();
	sem_wait(&sem);
	sem_wait(&sem);
	c11_threads();
	passed = 0;
	start(10, defers);
	join(10);
	printf("deferred: %d\n", passed);
	start(Many, exits);
	printf("joined: %d\n", join(Many));
	return 0;
}
