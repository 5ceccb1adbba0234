// A goroutine that blocks in libc (a mutex, a condition, a semaphore, a sleep) is parked; below
// foreign code it waits in place. The goroutines that it waits for run, dumps show it, and
// collections go on.
// procs: 1 2 8
// workers: foreign code takes turns in a lock of libc, and only the innermost can go on

#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

enum { Rounds = 20, Workers = 6 };

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static sem_t made, taken;
static GoWaitGroup wg;
static volatile unsigned sink;
static int whose, counted;

// --- a lock that is held for longer than a time slice ---

// clang-format off
GO_FOREIGN(bl_locked) void bl_locked(unsigned turns)
{
	pthread_mutex_lock(&mu);
	for (unsigned i = 0; i < turns; i++)
		sink += i;
	counted++;
	pthread_mutex_unlock(&mu);
}
// clang-format on

static void
locks(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		bl_locked(5000000);
	go_waitgroup_done(&wg);
}

// --- turns by a condition, and by semaphores ---

static void
takes_turns(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (int i = 0; i < Rounds; i++) {
		pthread_mutex_lock(&mu);
		while (whose != me)
			pthread_cond_wait(&turn, &mu);
		whose = (me + 1) % Workers;
		pthread_cond_broadcast(&turn);
		pthread_mutex_unlock(&mu);
	}
	go_waitgroup_done(&wg);
}

static void
makes(void *arg)
{
	(void)arg;
	for (int i = 0; i < Rounds; i++) {
		sem_post(&made);
		sem_wait(&taken);
	}
	go_waitgroup_done(&wg);
}

static void
takes(void *arg)
{
	(void)arg;
	for (int i = 0; i < Rounds; i++) {
		sem_wait(&made);
		sem_post(&taken);
	}
	go_waitgroup_done(&wg);
}

// --- asleep ---

static volatile int awake;
static sem_t wake;

static void
sleeps(void *arg)
{
	uint32_t *held = go_alloc(sizeof *held); // only here

	(void)arg;
	*held = 12345;
	usleep(1000);
	sem_wait(&wake);
	check(*held == 12345);
	awake = 1;
	go_waitgroup_done(&wg);
}

static bool
shown(const char *line)
{
	static char text[1 << 16];

	return go_stack(text, sizeof text, true) > 0 && strstr(text, line);
}

static void
run(int n, GoFunc fn)
{
	go_waitgroup_add(&wg, n);
	for (intptr_t i = 0; i < n; i++)
		go(fn, (void *)i);
}

int
main(void)
{
	GoMemStats before, after;

	run(Workers, locks);
	go_waitgroup_wait(&wg);
	printf("locked: %d\n", counted);
	run(Workers, takes_turns);
	go_waitgroup_wait(&wg);
	printf("turns: %d\n", whose);
	sem_init(&made, 0, 0);
	sem_init(&taken, 0, 0);
	run(1, makes);
	run(1, takes);
	go_waitgroup_wait(&wg);
	sem_init(&wake, 0, 0);
	run(1, sleeps);
	until(shown("[semacquire]:\nsleeps(...)"));
	go_read_mem_stats(&before);
	for (int i = 0; i < 3; i++)
		go_gc();
	go_read_mem_stats(&after);
	printf("collected while it sleeps: %d\n", !awake && after.num_gc >= before.num_gc + 3);
	sem_post(&wake);
	go_waitgroup_wait(&wg);
	return 0;
}
