// A deadlock: the channel that nobody closed.
//
// A pool of workers takes jobs from a channel until the channel is closed. main
// waits for all workers to finish. All goes well until the last job is done. Then
// the workers wait for another job, and main waits for the workers: no goroutine
// is left that could end this.
//
// The runtime sees that nothing can happen any more. It reports the deadlock,
// prints every stack, and exits with status 2.
//
// What to look for: goroutines wait at two places, one in the workers and one in
// main. The line that is missing belongs between the two.
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
	// This line is missing: go_chan_close(jobs);
	go_waitgroup_wait(&home);
	printf("everybody is home\n");
	return 0;
}
