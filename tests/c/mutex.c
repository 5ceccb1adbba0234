// Mutual exclusion, under contention, with everything in between: yields, sleeps, panics of
// others, tries, preemption inside and outside. Nobody starves.

#include "check.h"

static GoMutex mu;
static int64_t count;
static int inside;
static int rounds;
static GoWaitGroup wg;

// What only one at a time may do, with a place to lose the processor in the middle.
static void
critical(int how)
{
	int64_t seen = count;

	check(++inside == 1);
	if (how % 7 == 0)
		go_gosched();
	for (volatile int i = 0; i < how % 50; i++)
		;
	count = seen + 1;
	check(--inside == 0);
}

static void
locker(void *arg)
{
	int id = (int)(intptr_t)arg;

	for (int i = 0; i < rounds; i++) {
		go_mutex_lock(&mu);
		critical(id + i);
		go_mutex_unlock(&mu);
	}
	go_waitgroup_done(&wg);
}

static void
trier(void *unused)
{
	(void)unused;
	for (int got = 0; got < rounds;) {
		if (go_mutex_trylock(&mu)) {
			critical(got++);
			go_mutex_unlock(&mu);
		} else {
			go_gosched();
		}
	}
	go_waitgroup_done(&wg);
}

static void
contended(int lockers, int triers)
{
	count = 0;
	go_waitgroup_add(&wg, lockers + triers);
	for (int i = 0; i < lockers; i++)
		go(locker, (void *)(intptr_t)i);
	for (int i = 0; i < triers; i++)
		go(trier, NULL);
	go_waitgroup_wait(&wg);
	check(count == (int64_t)(lockers + triers) * rounds);
	check(mu.state == 0);
	printf("%d lock, %d try\n", lockers, triers);
}

// --- states ---

static void
lock_it(void *m)
{
	go_mutex_lock(m);
}

// A mutex belongs to nobody: another goroutine may unlock it.
static void
handed_over(void)
{
	GoMutex m = {0};

	check(go_mutex_trylock(&m));
	check(!go_mutex_trylock(&m));
	go_mutex_unlock(&m);
	go(lock_it, &m);
	until(go_num_goroutine() == 1);
	check(!go_mutex_trylock(&m));
	go(lock_it, &m);
	until_waiting(1, "sync.Mutex.Lock]");
	go_mutex_unlock(&m);
	until(go_num_goroutine() == 1);
	check(!go_mutex_trylock(&m));
	go_mutex_unlock(&m);
	check(m.state == 0);
	printf("handed over\n");
}

// --- fairness: somebody who takes it again at once does not keep it for ever ---

static bool stop;

static void
greedy(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		go_mutex_lock(&mu);
		for (volatile int i = 0; i < 20000; i++)
			;
		go_mutex_unlock(&mu);
	}
	go_waitgroup_done(&wg);
}

static void
no_starving(void)
{
	go_waitgroup_add(&wg, 1);
	go(greedy, NULL);
	for (int i = 0; i < 10; i++) {
		go_sleep(100 * GO_MICROSECOND);
		go_mutex_lock(&mu);
		go_mutex_unlock(&mu);
	}
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	go_waitgroup_wait(&wg);
	printf("no starving\n");
}

// --- a lock is kept across a panic that is caught outside, until a deferred call gives it back ---

static void
unlock_it(void *m)
{
	go_mutex_unlock(m);
}

static void
panics_with_lock(void *m)
{
	go_mutex_lock(m);
	go_defer(unlock_it, m);
	go_panic("while locked");
}

static void
panicking(void)
{
	check_panic(panics_with_lock, &mu, "while locked");
	check(go_mutex_trylock(&mu));
	go_mutex_unlock(&mu);
	printf("panicking\n");
}

int
main(void)
{
	rounds = many(1000, 20000);
	contended(1, 0);
	contended(4, 0);
	contended(20, 0);
	contended(4, 4);
	handed_over();
	no_starving();
	panicking();
	return 0;
}
