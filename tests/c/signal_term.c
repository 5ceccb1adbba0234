// A signal without a handler ends the program, also if the thread that takes it waits elsewhere.
// exit: 143
// stderr: signal 15 without a handler: Terminated

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <worldsema.h>

static GoChan *never;
static sem_t begun;

static void
too_late(void)
{
	puts("atexit");
}

static void *
waits(void *arg)
{
	sem_post(&begun);
	go_chan_recv(never, NULL);
	return arg;
}

int
main(void)
{
	sigset_t term;
	pthread_t t;

	never = go_chan_make(0, 0);
	atexit(too_late);
	sem_init(&begun, 0, 0);
	pthread_create(&t, NULL, waits, NULL);
	sem_wait(&begun);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, NULL);
	puts("blocked");
	fflush(stdout);
	kill(getpid(), SIGTERM);
	puts("not reached");
	return 0;
}
