// speed MILLISECONDS: each kernel of this program again and again for so long, but at least LEAST
// times: the engine optimises the code during the first run. The fastest run counts. Prints lines
// NAME MILLISECONDS RESULT.

#include "speed.h"

enum { LEAST = 4 };

#ifdef PLAIN

#include <emscripten.h>
#include <pthread.h>

static volatile int pauses;

NOINLINE void
pause_here(void)
{
	pauses = pauses + 1;
}

NOINLINE void *
through_channel(void *p)
{
	static void *volatile box;

	box = p;
	return box;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void (*job)(void); // of the other thread, until it is done

static void *
other(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&mutex);
	for (;;) {
		while (!job)
			pthread_cond_wait(&changed, &mutex);
		pthread_mutex_unlock(&mutex);
		job();
		pthread_mutex_lock(&mutex);
		job = NULL;
		pthread_cond_broadcast(&changed);
	}
}

void
at_once(void (*fn)(void))
{
	static pthread_t thread;

	if (!thread)
		pthread_create(&thread, NULL, other, NULL);
	pthread_mutex_lock(&mutex);
	job = fn;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	fn();
	pthread_mutex_lock(&mutex);
	while (job)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
}

static double
now(void)
{
	return emscripten_get_now();
}

#else

#include <worldsema.h>

NOINLINE void
pause_here(void)
{
	go_gosched();
}

NOINLINE void *
through_channel(void *p)
{
	static GoChan *box;

	if (!box)
		box = go_chan_make(sizeof(void *), 1);
	go_chan_send(box, &p);
	go_chan_recv(box, &p);
	return p;
}

static void (*job)(void);
static GoWaitGroup done;

static void
other(void *arg)
{
	(void)arg;
	job();
	go_waitgroup_done(&done);
}

void
at_once(void (*fn)(void))
{
	if (go_max_procs(0) < 2)
		go_max_procs(2);
	job = fn;
	go_waitgroup_add(&done, 1);
	go_with_stack(other, NULL, 16384);
	fn();
	go_waitgroup_wait(&done);
}

static double
now(void)
{
	return (double)go_nanotime() / 1e6;
}

#endif

int
main(int argc, char **argv)
{
	int budget = argc > 1 ? atoi(argv[1]) : 500;

	for (const Kernel *k = kernels; k->name; k++) {
		double best = 1e9, begin = now(), last = begin;
		uint32_t result;
		int runs = 0;

		do {
			double from = last;

			result = k->run();
			last = now();
			if (last - from < best)
				best = last - from;
		} while (++runs < LEAST || last - begin < budget);
		printf("%s %.3f %u\n", k->name, best, (unsigned)result);
	}
	return 0;
}
