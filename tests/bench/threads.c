// Threads of pthreads, for npm run bench threads: the same file on worldsema and on Emscripten's
// own threads. Prints a name and a time for each thing.

#include <emscripten.h>
#include <pthread.h>
#include <stdio.h>

enum { Starts = 30000, Locks = 200000, Turns = 5000, Pieces = 4 };

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

int
main(void)
{
	double begin;

	run(8, nothing); // the workers have begun
	begin = emscripten_get_now();
	for (int i = 0; i < Starts; i++)
		run(1, nothing);
	printf("start and join, us %f\n", (emscripten_get_now() - begin) * 1000 / Starts);
	begin = emscripten_get_now();
	run(4, locks);
	printf("mutex of four threads, ns %f\n",
	       (emscripten_get_now() - begin) * 1e6 / (4 * Locks));
	begin = emscripten_get_now();
	run(2, plays);
	printf("condition, ping and pong, ns %f\n",
	       (emscripten_get_now() - begin) * 1e6 / (2 * Turns));
	begin = emscripten_get_now();
	run(Pieces, sums_up);
	begin = emscripten_get_now() - begin;
	printf("a loop shared by four, ms %f\n",
	       begin + 0 * (sums[0] + sums[1] + sums[2] + sums[3]));
	return 0;
}
