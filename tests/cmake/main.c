// Foreign code that calls back, and that spins, is seen like any other.

#include <stdatomic.h>
#include <stdio.h>
#include <worldsema.h>

#include "visit.h"

int tally(int n);
void spin_until(atomic_int *state);

static GoChan *numbers, *sums;
static atomic_int state;
static char dump[1 << 14];

static int
next(void *arg)
{
	int n;

	return go_chan_recv(arg, &n) ? n : -1;
}

static void
reader(void *arg)
{
	int sum = visit(next, arg);

	go_chan_send(sums, &sum);
}

static void
spinner(void *arg)
{
	int none = 0;

	spin_until(arg);
	go_chan_send(sums, &none);
}

int
main(void)
{
	int sum;

	numbers = go_chan_make(sizeof(int), 0);
	sums = go_chan_make(sizeof(int), 0);
	go(reader, numbers);
	while (go_blocked_callbacks() == 0)
		go_gosched();
	go(spinner, &state);
	while (state != 1)
		go_gosched();
	dump[go_stack(dump, sizeof dump - 1, true)] = 0;
	fputs(dump, stderr);
	state = 2;
	go_chan_recv(sums, NULL);
	for (int i = 1; i <= 3; i++)
		go_chan_send(numbers, &i);
	go_chan_close(numbers);
	go_chan_recv(sums, &sum);
	printf("%d %d\n", sum, tally(sum) + tally(1));
	return 0;
}
