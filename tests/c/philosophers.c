// Dining philosophers, three ways: forks as channels, as mutexes in order, with a waiter.

#include "check.h"

enum { Seats = 5 };

static int meals, eaten[Seats];
static GoChan *forks[Seats], *permits;
static GoMutex locks[Seats];
static GoWaitGroup wg;

static void
eat(int who)
{
	eaten[who]++;
	if (eaten[who] % 10 == 0)
		go_gosched();
}

// Any fork may be first: at most four sit down.
static void
with_channels(void *arg)
{
	int who = (int)(intptr_t)arg;

	for (int i = 0; i < meals; i++) {
		go_chan_recv(permits, NULL);
		go_chan_recv(forks[who], NULL);
		go_chan_recv(forks[(who + 1) % Seats], NULL);
		eat(who);
		go_chan_send(forks[who], NULL);
		go_chan_send(forks[(who + 1) % Seats], NULL);
		go_chan_send(permits, NULL);
	}
	go_waitgroup_done(&wg);
}

// The lower fork first.
static void
with_mutexes(void *arg)
{
	int who = (int)(intptr_t)arg, other = (who + 1) % Seats;

	for (int i = 0; i < meals; i++) {
		go_mutex_lock(&locks[who < other ? who : other]);
		go_mutex_lock(&locks[who < other ? other : who]);
		eat(who);
		go_mutex_unlock(&locks[who]);
		go_mutex_unlock(&locks[other]);
	}
	go_waitgroup_done(&wg);
}

// Takes whichever of both forks is free first, and puts it back when the other one is not.
static void
with_patience(void *arg)
{
	int who = (int)(intptr_t)arg, had = 0;

	while (had < meals) {
		GoCase both[2] = {
			{forks[who], GO_RECV, NULL, false},
			{forks[(who + 1) % Seats], GO_RECV, NULL, false},
		};
		int first = go_select(both, 2, true);

		if (go_chan_try_recv(both[!first].chan, NULL, NULL)) {
			eat(who);
			had++;
			go_chan_send(both[!first].chan, NULL);
		}
		go_chan_send(both[first].chan, NULL);
		go_gosched();
	}
	go_waitgroup_done(&wg);
}

static void
dine(const char *name, GoFunc philosopher)
{
	go_waitgroup_add(&wg, Seats);
	for (intptr_t i = 0; i < Seats; i++) {
		eaten[i] = 0;
		go(philosopher, (void *)i);
	}
	go_waitgroup_wait(&wg);
	for (int i = 0; i < Seats; i++)
		check(eaten[i] == meals);
	printf("%s\n", name);
}

int
main(void)
{
	meals = many(1000, 20000);
	permits = go_chan_make(0, Seats - 1);
	for (int i = 0; i < Seats; i++) {
		forks[i] = go_chan_make(0, 1);
		go_chan_send(forks[i], NULL);
		if (i > 0)
			go_chan_send(permits, NULL);
	}
	dine("channels", with_channels);
	dine("mutexes", with_mutexes);
	dine("patience", with_patience);
	return 0;
}
