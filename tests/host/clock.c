// Sleepers on workers that began before and after the host has set the wall clock.
#include <stdio.h>
#include <unistd.h>
#include <worldsema.h>

enum { Workers = 12, Sleepers = 40 };

GO_HOST(void, step)

static GoChan *done;
static uint32_t begun;

// It blocks its worker, so others must be started.
static void
blocker(void *arg)
{
	(void)arg;
	go_semrelease(&begun);
	usleep(1000 * 1000);
	go_chan_send(done, &(int64_t[2]){go_nanotime(), 0});
}

static void
sleeper(void *arg)
{
	int64_t began = go_nanotime();

	(void)arg;
	go_sleep(5 * GO_MILLISECOND);
	go_chan_send(done, &(int64_t[2]){began, go_nanotime() - began});
}

int
main(void)
{
	int64_t told[2], before, after, wrong = 0;

	done = go_chan_make(sizeof told, Workers + Sleepers);
	step();
	before = go_nanotime();
	for (int i = 0; i < Workers; i++)
		go(blocker, NULL);
	for (int i = 0; i < Workers; i++)
		go_semacquire(&begun);
	for (int i = 0; i < Sleepers; i++)
		go(sleeper, NULL);
	for (int i = 0; i < Workers + Sleepers; i++) {
		go_chan_recv(done, told);
		after = go_nanotime();
		// A millisecond: threads may be a little apart.
		if (told[0] < before - GO_MILLISECOND || told[0] > after + GO_MILLISECOND ||
		    told[1] < 0)
			wrong++;
	}
	printf("%d wrong\n", (int)wrong);
	return wrong != 0;
}
