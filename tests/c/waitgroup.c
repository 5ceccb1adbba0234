// Wait groups: everybody waits for everybody; used again at once; misuse.

#include "check.h"

static GoWaitGroup first, second;
static GoChan *exited;

static void
meet(void *unused)
{
	bool yes = true;

	(void)unused;
	go_waitgroup_done(&first);
	go_waitgroup_wait(&second);
	go_chan_send(exited, &yes);
}

// After Go's sync/waitgroup_test.go: nobody leaves the second before all have come.
static void
two_phases(void)
{
	enum { N = 16 };

	exited = go_chan_make(sizeof(bool), N);
	go_waitgroup_add(&first, N);
	go_waitgroup_add(&second, N);
	for (int i = 0; i < N; i++)
		go(meet, NULL);
	go_waitgroup_wait(&first);
	for (int i = 0; i < N; i++) {
		check(go_chan_len(exited) == 0);
		go_waitgroup_done(&second);
	}
	for (int i = 0; i < N; i++)
		go_chan_recv(exited, NULL);
	go_waitgroup_wait(&first);
	go_waitgroup_wait(&second);
	check(first.state == 0 && second.state == 0);
	printf("two phases\n");
}

static int n;

static void
count(void *wg)
{
	__atomic_add_fetch(&n, 1, __ATOMIC_SEQ_CST);
	go_waitgroup_done(wg);
}

static void
again(void)
{
	GoWaitGroup wg = {0};
	int rounds = many(500, 20000);

	for (int i = 1; i <= rounds; i++) {
		go_waitgroup_add(&wg, 3);
		for (int k = 0; k < 3; k++)
			go(count, &wg);
		go_waitgroup_wait(&wg);
		check(__atomic_load_n(&n, __ATOMIC_SEQ_CST) == 3 * i);
	}
	printf("again\n");
}

static void
wait_for_it(void *wg)
{
	go_waitgroup_wait(wg);
	__atomic_add_fetch(&n, 1, __ATOMIC_SEQ_CST);
}

static void
many_waiters(void)
{
	GoWaitGroup wg = {0};

	n = 0;
	go_waitgroup_add(&wg, 2);
	for (int i = 0; i < 20; i++)
		go(wait_for_it, &wg);
	until_waiting(20, "sync.WaitGroup.Wait]");
	go_waitgroup_done(&wg);
	check(count_waiting("sync.WaitGroup.Wait]") == 20 && n == 0);
	go_waitgroup_done(&wg);
	until(go_num_goroutine() == 1);
	check(n == 20);
	printf("many waiters\n");
}

static void
too_often(void *wg)
{
	go_waitgroup_done(wg);
}

static void
add_negative(void *wg)
{
	go_waitgroup_add(wg, -5);
}

static void
misuse(void)
{
	GoWaitGroup wg = {0};

	check_panic(too_often, &wg, "sync: negative WaitGroup counter");
	wg = (GoWaitGroup){0};
	go_waitgroup_add(&wg, 4);
	check_panic(add_negative, &wg, "sync: negative WaitGroup counter");
	wg = (GoWaitGroup){0};
	go_waitgroup_add(&wg, 5);
	check_panic(add_negative, &wg, NULL);
	go_waitgroup_wait(&wg);
	printf("misuse\n");
}

int
main(void)
{
	two_phases();
	again();
	many_waiters();
	misuse();
	return 0;
}
