// Conditions: signal wakes the one goroutine that waits longest; broadcast wakes all that wait.

#include "check.h"

static GoMutex mu;
static GoCond cond = {.l = &mu};
static int awake, order[100];

static void
waiter(void *arg)
{
	go_mutex_lock(&mu);
	go_cond_wait(&cond);
	order[awake++] = (int)(intptr_t)arg;
	go_mutex_unlock(&mu);
}

static int
how_many(void)
{
	int n;

	go_mutex_lock(&mu);
	n = awake;
	go_mutex_unlock(&mu);
	return n;
}

static void
line_up(int n)
{
	awake = 0;
	for (int i = 0; i < n; i++) {
		go(waiter, (void *)(intptr_t)i);
		until_waiting(i + 1, "sync.Cond.Wait]");
	}
}

static void
signals(void)
{
	line_up(8);
	for (int i = 0; i < 8; i++) {
		go_cond_signal(&cond);
		until(how_many() == i + 1);
		check(order[i] == i);
		check(count_waiting("sync.Cond.Wait]") == 7 - i);
	}
	go_cond_signal(&cond); // nobody there: lost
	line_up(1);
	check(awake == 0);
	go_cond_signal(&cond);
	until(how_many() == 1);
	printf("signals\n");
}

static void
broadcasts(void)
{
	line_up(20);
	go_mutex_lock(&mu);
	go_cond_broadcast(&cond);
	check(awake == 0); // they need the mutex
	go_mutex_unlock(&mu);
	until(how_many() == 20);
	until(go_num_goroutine() == 1);
	printf("broadcasts\n");
}

// --- a bounded buffer, as in the books ---

enum { Room = 3 };

static GoCond notfull = {.l = &mu}, notempty = {.l = &mu};
static int buffer[Room], in, out, fill, each;
static GoWaitGroup wg;
static int64_t taken;

static void
producer(void *arg)
{
	for (int i = 0; i < each; i++) {
		go_mutex_lock(&mu);
		while (fill == Room)
			go_cond_wait(&notfull);
		buffer[in++ % Room] = (int)(intptr_t)arg * each + i;
		fill++;
		go_cond_signal(&notempty);
		go_mutex_unlock(&mu);
	}
	go_waitgroup_done(&wg);
}

static void
consumer(void *unused)
{
	(void)unused;
	for (int i = 0; i < each; i++) {
		go_mutex_lock(&mu);
		while (fill == 0)
			go_cond_wait(&notempty);
		check(fill > 0 && fill <= Room);
		taken += buffer[out++ % Room];
		fill--;
		go_cond_signal(&notfull);
		go_mutex_unlock(&mu);
	}
	go_waitgroup_done(&wg);
}

static void
bounded_buffer(void)
{
	int64_t n;

	each = many(500, 10000);
	n = 5 * each;
	go_waitgroup_add(&wg, 10);
	for (int i = 0; i < 5; i++) {
		go(producer, (void *)(intptr_t)i);
		go(consumer, NULL);
	}
	go_waitgroup_wait(&wg);
	check(taken == n * (n - 1) / 2);
	printf("bounded buffer\n");
}

int
main(void)
{
	signals();
	broadcasts();
	bounded_buffer();
	return 0;
}
