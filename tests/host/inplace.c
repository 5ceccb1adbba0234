// Goroutines that move between workers; then foreign loops that end only when the host says so, one
// more than there are Ps, and one goroutine that waits in a callback from foreign code. The host
// says so by one P more.

#include <stdbool.h>
#include <stdio.h>
#include <worldsema.h>

#include "../c/worker.h"

enum { Travellers = 8 };

typedef void (*Fn)(int);

static volatile bool stop, arrived;
static volatile unsigned sink;
static int running;
static GoChan *never;
static GoWaitGroup wg;

// clang-format off
GO_FOREIGN(spin) __attribute__((noinline)) void spin(unsigned n)
{
	__atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
	while (!stop) sink += n; // spins
}
// clang-format on

GO_FOREIGN(visit) __attribute__((noinline)) void visit(Fn f, int x)
{
	f(x); // calls back
	sink++;
}

// Its frame has been in memory when the loop begins, and its caller's still is.
__attribute__((noinline)) static void
turn(void)
{
	go_gosched();
	spin(1); // calls spin
	sink++;
}

static void
spinner(void *arg)
{
	(void)arg;
	turn(); // calls turn
	go_waitgroup_done(&wg);
}

static void
receive(int x)
{
	go_chan_recv(never, &x); // waits
	printf("received %d\n", x);
}

static void
visitor(void *arg)
{
	(void)arg;
	visit(receive, 5); // calls visit
	go_waitgroup_done(&wg);
}

// They yield until one of them was on two workers.
static void
traveller(void *arg)
{
	int first = this_worker();

	(void)arg;
	while (!arrived) {
		go_gosched();
		if (first != this_worker())
			arrived = true;
	}
	go_waitgroup_done(&wg);
}

int
main(void)
{
	int procs = go_max_procs(0);

	never = go_chan_make(sizeof(int), 0);
	go_waitgroup_add(&wg, Travellers);
	for (int i = 0; i < Travellers; i++)
		go(traveller, NULL);
	go_waitgroup_wait(&wg);
	printf("travelled\n");
	go_waitgroup_add(&wg, procs + 2);
	go(visitor, NULL);
	for (int i = 0; i <= procs; i++)
		go(spinner, NULL);
	while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) <= procs)
		go_gosched();
	printf("ready\n");
	fflush(stdout);
	while (go_max_procs(0) == procs)
		go_sleep(200000000); // sleeps
	stop = true;
	go_chan_send(never, &procs);
	go_waitgroup_wait(&wg);
	return 0;
}
