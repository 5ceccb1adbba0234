// Threads of pthreads, for npm run bench threads: the same file on worldsema and on Emscripten's
// own threads. Prints a name and a time for each thing.

#include <emscripten.h>
#include <pthread.h>
#include <stdio.h>

enum { Starts = 10000, Locks = 200000, Turns = 10000, Pieces = 4 };

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static volatile int count, turn;
static double sums[Pieces];

static void *
nothing(void *arg)
{
	return arg;
}

static void *
locks(void *arg)
{
	for (int i = 0; i < Locks; i++) {
		pthread_mutex_lock(&mu);
		count++;
		pthread_mutex_unlock(&mu);
	}
	return arg;
}

static void *
plays(void *arg)
{
	int me = (int)(long)arg;

	pthread_mutex_lock(&mu);
	for (int i = 0; i < Turns; i++) {
		while (turn != me)
			pthread_cond_wait(&cond, &mu);
		turn = 1 - me;
		pthread_cond_signal(&cond);
	}
	pthread_mutex_unlock(&mu);
	return NULL;
}

static void *
sums_up(void *arg)
{
	int me = (int)(long)arg;
	double sum = 0;

	for (int i = me; i < 40000000; i += Pieces)
		sum += 1.0 / (1 + (double)i * i);
	sums[me] = sum;
	return NULL;
}

static void
run(int n, void *(*fn)(void *))
{
	pthread_t all[8];

	for (long i = 0; i < n; i++)
		if (pthread_create(&all[i], NULL, fn, (void *)i) != 0)
			puts("pthread_create failed");
	for (int i = 0; i < n; i++)
		pthread_join(all[i], NULL);
}

static void
starts(void)
{
	for (int i = 0; i < Starts; i++)
		run(1, nothing);
}

static void
mutex(void)
{
	run(4, locks);
}

static void
condition(void)
{
	run(2, plays);
}

static void
loop(void)
{
	run(Pieces, sums_up);
}

// The fifth time counts: before, the engine compiles what is hot.
static void
measure(const char *what, double per_ms, void (*fn)(void))
{
	double begin;

	for (int i = 0; i < 4; i++)
		fn();
	begin = emscripten_get_now();
	fn();
	printf("%s %f\n", what, (emscripten_get_now() - begin) * per_ms);
}

int
main(void)
{
	run(8, nothing); // the workers have begun
	measure("start and join, us", 1e3 / Starts, starts);
	measure("mutex of four threads, ns", 1e6 / (4 * Locks), mutex);
	measure("condition, ping and pong, ns", 1e6 / (2 * Turns), condition);
	measure("a loop shared by four, ms", 1, loop);
	printf("%s", sums[0] + sums[1] + sums[2] + sums[3] > 0 ? "" : "no sum\n");
	return 0;
}
