// A deadlock: the channel that nobody closed.
//
// A pool of workers takes jobs from a channel until it is closed, and main waits
// for all of them to come home. All goes well until the last job is done: then
// the workers wait for another job, main waits for the workers, and nobody is
// left who could end it.
//
// The runtime sees that nothing can happen any more, says so, prints every
// stack, and exits with status 2.
//
// What to look for: two places, one in the workers and one in main. The line
// that is missing stands between them.
//
// Arguments: workers, jobs.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

static GoChan *jobs;
static GoWaitGroup home;

static void
worker(void *arg)
{
	int job;

	(void)arg;
	while (go_chan_recv(jobs, &job)) {
		go_sleep(50 * GO_MILLISECOND); // hard at work
		printf("job %d is done\n", job);
	}
	go_waitgroup_done(&home);
}

int
main(int argc, char **argv)
{
	int workers = argc > 1 ? atoi(argv[1]) : 8;
	int njobs = argc > 2 ? atoi(argv[2]) : 400;

	jobs = go_chan_make(sizeof(int), 0);
	go_waitgroup_add(&home, workers);
	for (int i = 0; i < workers; i++)
		go(worker, NULL);
	for (int job = 1; job <= njobs; job++)
		go_chan_send(jobs, &job);
	printf("that was the last one\n");
	// Here is missing: go_chan_close(jobs);
	go_waitgroup_wait(&home);
	printf("everybody is home\n");
	return 0;
}
