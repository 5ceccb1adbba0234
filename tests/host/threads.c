// Threads that wait for each other: what dumps and the wait graph tell. args: order | stuck | cond
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;

static void *
forwards(void *arg)
{
	pthread_setname_np(pthread_self(), "forwards");
	pthread_mutex_lock(&first);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&second);
	return arg;
}

static void *
backwards(void *arg)
{
	pthread_setname_np(pthread_self(), "backwards");
	pthread_mutex_lock(&second);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&first);
	return arg;
}

static void *
waits(void *arg)
{
	pthread_mutex_lock(&first);
	for (;;)
		pthread_cond_wait(&cond, &first);
	return arg;
}

int
main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "cond";
	pthread_t a, b;

	if (strcmp(how, "cond") != 0) {
		pthread_barrier_init(&both, NULL, 2);
		pthread_create(&a, NULL, forwards, NULL);
		pthread_create(&b, NULL, backwards, NULL);
		if (strcmp(how, "stuck") == 0)
			for (;;)
				usleep(1000);
		pthread_join(a, NULL);
		pthread_join(b, NULL);
	} else {
		pthread_create(&a, NULL, waits, NULL);
		pthread_join(a, NULL);
	}
	return 0;
}
