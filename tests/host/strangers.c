// Threads of Emscripten's own beside goroutines (--threads=workers). args: stuck
#include <emscripten/threading.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <worldsema.h>

enum { Threads = 6, Waiters = 3, Rounds = 1000 };

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long sum;
static bool ready;
static _Thread_local long mine;

static void *
adds(void *n)
{
	for (int i = 0; i < Rounds; i++) {
		pthread_mutex_lock(&mu);
		sum += (long)n;
		mine++;
		pthread_mutex_unlock(&mu);
	}
	return (void *)mine;
}

static void *
signals(void *arg)
{
	usleep(1000); // a real thread: no goroutine runs here
	pthread_mutex_lock(&mu);
	ready = true;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&mu);
	pthread_exit(arg);
}

// As old C has them: Emscripten calls it by JavaScript, which does not look at the type.
static void *
old_style(void)
{
	return "old";
}

static void *
looks(void *arg)
{
	for (;;)
		pthread_testcancel();
	return arg;
}

static void
waits(void *done)
{
	pthread_mutex_lock(&mu);
	while (!ready)
		pthread_cond_wait(&cond, &mu);
	pthread_mutex_unlock(&mu);
	go_chan_send(done, NULL);
}

int
main(int argc, char **argv)
{
	GoChan *done = go_chan_make(0, 0);
	pthread_t threads[Threads];
	long rounds = 0;
	void *result;
	int error = 0;

	for (long i = 0; i < Threads && !error; i++)
		error = pthread_create(&threads[i], NULL, adds, (void *)(i + 1));
	if (error) {
		printf("%s\n", strerror(error));
		return 1;
	}
	printf("goroutines: %d\n", go_num_goroutine());
	for (int i = 0; i < Threads; i++) {
		pthread_join(threads[i], &result);
		rounds += (long)result;
	}
	printf("sum %ld, rounds %ld, mine %ld\n", sum, rounds, mine);
	for (int i = 0; i < Waiters; i++)
		go(waits, done);
	pthread_create(&threads[0], NULL, signals, "the end");
	for (int i = 0; i < Waiters; i++)
		go_chan_recv(done, NULL);
	pthread_join(threads[0], &result);
	printf("%s\n", (const char *)result);
	pthread_create(&threads[0], NULL, (void *(*)(void *))old_style, NULL);
	pthread_join(threads[0], &result);
	printf("%s\n", (const char *)result);
	pthread_create(&threads[0], NULL, looks, NULL);
	error = pthread_cancel(threads[0]);
	if (!error) // else it never ends
		pthread_join(threads[0], &result);
	printf("%s\n", result == PTHREAD_CANCELED ? "canceled" : strerror(error));
	if (argc > 1 && strcmp(argv[1], "stuck") == 0) {
		pthread_create(&threads[0], NULL, adds, NULL);
		pthread_detach(threads[0]);
		go_chan_recv(done, NULL); // nobody sends
	}
	return 0;
}
