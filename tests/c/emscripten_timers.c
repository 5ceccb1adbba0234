// procs: 1 2
// Emscripten's timers fire while goroutines run, and not before their time. What they call may
// wait. One that is cleared does not fire any more, nor does one that says that it is enough.

#include <emscripten.h>
#include <emscripten/eventloop.h>

#include "check.h"

static GoChan *fired; // of int

static void
fires(void *arg)
{
	int n = (int)(intptr_t)arg;

	go_sleep(0);
	go_chan_send(fired, &n);
}

static int
receive(void)
{
	int n = 0;

	check(go_chan_recv(fired, &n));
	return n;
}

static void *
number(int n)
{
	return (void *)(intptr_t)n;
}

static int turns;

static EM_BOOL
turn(double now, void *arg)
{
	check(now > 0 && arg == number(7));
	fires(number(++turns));
	return turns < 3;
}

static EM_BOOL
soon(void *arg)
{
	check(arg == number(8));
	fires(number(++turns));
	return turns < 5;
}

static void
never(void *arg)
{
	printf("%d was cleared\n", (int)(intptr_t)arg);
	go_panic("fired");
}

static int every;

static void
tick(void *arg)
{
	static int n;

	if (++n == 3)
		emscripten_clear_interval(every); // while it runs
	fires(arg);
}

static void
clears_itself(void *arg)
{
	emscripten_clear_timeout(*(int *)arg); // too late
	fires(number(9));
}

static _Atomic int counted;

static void
counts(void *arg)
{
	if (++counted == (int)(intptr_t)arg)
		fires(arg);
}

// Half of them are cleared while the others fire.
static void
crowd(void)
{
	enum { N = 10000 };
	static int cleared[N];

	for (int i = 0; i < N; i++) {
		emscripten_set_timeout(counts, i % 7, number(N));
		cleared[i] = emscripten_set_timeout(never, 1e6, number(4));
	}
	for (int i = 0; i < N; i++)
		emscripten_clear_timeout(cleared[i]);
	check(receive() == N);
}

int
main(void)
{
	int ids[3], self;
	int64_t begin;

	fired = go_chan_make(sizeof(int), 0);

	begin = go_nanotime();
	emscripten_async_call(fires, number(1), 5);
	check(receive() == 1 && go_nanotime() - begin >= 5 * GO_MILLISECOND);
	begin = go_nanotime();
	emscripten_set_timeout(fires, 2.5, number(2));
	check(receive() == 2 && go_nanotime() - begin >= 2500 * GO_MICROSECOND);
	emscripten_async_call(fires, number(3), -1); // the next picture
	check(receive() == 3);
	begin = go_nanotime();
	emscripten_sleep(3);
	check(go_nanotime() - begin >= 3 * GO_MILLISECOND);
	emscripten_set_immediate(fires, number(4));
	check(receive() == 4);

	ids[0] = emscripten_set_timeout(never, 1e300, number(1)); // far away
	ids[1] = emscripten_set_timeout(never, 1e6, number(2));
	ids[2] = emscripten_set_interval(never, 1e6, number(3));
	for (int i = 0; i < 3; i++)
		for (int j = 0; j < i; j++)
			check(ids[i] > 0 && ids[i] != ids[j]);
	emscripten_clear_timeout(ids[0]);
	emscripten_clear_timeout(ids[1]);
	emscripten_clear_interval(ids[2]);
	emscripten_clear_timeout(ids[1]); // again
	emscripten_clear_timeout(-1);
	for (int i = 0; i < 200; i++) // as likely pending as just begun
		emscripten_clear_immediate(emscripten_set_immediate(free, NULL));
	self = emscripten_set_timeout(clears_itself, 1, &self);
	check(receive() == 9);

	emscripten_set_timeout_loop(turn, 1, number(7));
	for (int i = 1; i <= 3; i++)
		check(receive() == i);
	emscripten_set_immediate_loop(soon, number(8));
	check(receive() == 4);
	check(receive() == 5);

	every = emscripten_set_interval(tick, 2, number(6));
	for (int i = 0; i < 3; i++)
		check(receive() == 6);
	emscripten_set_timeout(fires, 20, number(7)); // no fourth tick before
	check(receive() == 7);
	crowd();
	printf("done\n");
	return 0;
}
