#include "bench.h"

static GoWaitGroup wg;

__attribute__((noinline)) static void
yields(int n)
{
	for (int i = 0; i < n; i++)
		go_gosched();
}

static int per_goroutine;

static void
yielder(void *arg)
{
	(void)arg;
	IN_CHUNKS(per_goroutine, yields(turns));
	go_waitgroup_done(&wg);
}

static void
yield(int n)
{
	per_goroutine = n / 2;
	go_waitgroup_add(&wg, 2);
	go(yielder, NULL);
	go(yielder, NULL);
	go_waitgroup_wait(&wg);
}

static volatile int sink;

__attribute__((noinline)) static void
deep(int depth, int n)
{
	if (depth == 0)
		yields(n);
	else
		deep(depth - 1, n);
	sink++;
}

static void
deep_yielder(void *arg)
{
	(void)arg;
	IN_CHUNKS(per_goroutine, deep(15, turns));
	go_waitgroup_done(&wg);
}

// The worst case for frames that go on one at a time: each yield is made 64 calls further down,
// afresh, and all of them return.
__attribute__((noinline)) static int
down(int depth)
{
	int got = 1;

	if (depth == 0)
		go_gosched();
	else
		got += down(depth - 1);
	sink++;
	return got;
}

__attribute__((noinline)) static void
downs(int n)
{
	for (int i = 0; i < n; i++)
		down(64);
}

static void
down_yielder(void *arg)
{
	(void)arg;
	IN_CHUNKS(per_goroutine, downs(turns));
	go_waitgroup_done(&wg);
}

static void
yield_down64(int n)
{
	per_goroutine = n / 2;
	go_waitgroup_add(&wg, 2);
	go(down_yielder, NULL);
	go(down_yielder, NULL);
	go_waitgroup_wait(&wg);
}

static void
yield_depth16(int n)
{
	per_goroutine = n / 2;
	go_waitgroup_add(&wg, 2);
	go(deep_yielder, NULL);
	go(deep_yielder, NULL);
	go_waitgroup_wait(&wg);
}

static GoChan *ping, *pong;

__attribute__((noinline)) static void
answers(int n)
{
	int v;

	for (int i = 0; i < n; i++) {
		go_chan_recv(ping, &v);
		go_chan_send(pong, &v);
	}
}

static void
answerer(void *arg)
{
	(void)arg;
	IN_CHUNKS(per_goroutine, answers(turns));
	go_waitgroup_done(&wg);
}

__attribute__((noinline)) static void
calls(int n)
{
	int v = 1;

	for (int i = 0; i < n; i++) {
		go_chan_send(ping, &v);
		go_chan_recv(pong, &v);
	}
}

static void
chan_sync(int n)
{
	per_goroutine = n;
	ping = go_chan_make(sizeof(int), 0);
	pong = go_chan_make(sizeof(int), 0);
	go_waitgroup_add(&wg, 1);
	go(answerer, NULL);
	IN_CHUNKS(n, calls(turns));
	go_waitgroup_wait(&wg);
}

static void
drain(void *arg)
{
	while (go_chan_recv(arg, NULL)) {
	}
	go_waitgroup_done(&wg);
}

__attribute__((noinline)) static void
sends(GoChan *c, int n)
{
	for (int i = 0; i < n; i++)
		go_chan_send(c, &i);
}

static void
chan_prodcons128(int n)
{
	GoChan *c = go_chan_make(sizeof(int), 128);

	go_waitgroup_add(&wg, 1);
	go(drain, c);
	IN_CHUNKS(n, sends(c, turns));
	go_chan_close(c);
	go_waitgroup_wait(&wg);
}

__attribute__((noinline)) static void
selects(GoCase *cases, GoChan *ready, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		go_chan_send(ready, &v);
		go_select(cases, 4, true);
	}
}

// Four arms, the third has a value; includes putting it there.
static void
select_ready(int n)
{
	GoCase cases[4];
	int v;

	for (int i = 0; i < 4; i++)
		cases[i] = (GoCase){go_chan_make(sizeof(int), 1), GO_RECV, &v, false};
	IN_CHUNKS(n, selects(cases, cases[2].chan, turns));
	for (int i = 0; i < 4; i++)
		go_chan_free(cases[i].chan);
}

static GoChan *either[2];

__attribute__((noinline)) static void
waits(int n)
{
	int v;
	GoCase cases[2] = {{either[0], GO_RECV, &v, false}, {either[1], GO_RECV, &v, false}};

	for (int i = 0; i < n; i++)
		go_select(cases, 2, true);
}

static void
select_waiter(void *arg)
{
	(void)arg;
	IN_CHUNKS(per_goroutine, waits(turns));
	go_waitgroup_done(&wg);
}

__attribute__((noinline)) static void
alternates(int n)
{
	for (int i = 0; i < n; i++)
		go_chan_send(either[i & 1], &i);
}

static void
select_blocking(int n)
{
	per_goroutine = n;
	either[0] = go_chan_make(sizeof(int), 0);
	either[1] = go_chan_make(sizeof(int), 0);
	go_waitgroup_add(&wg, 1);
	go(select_waiter, NULL);
	IN_CHUNKS(n, alternates(turns));
	go_waitgroup_wait(&wg);
}

const Bench bench_switch[] = {
	{"yield", yield, 4000000},
	{"yield_depth16", yield_depth16, 2000000},
	{"yield_down64", yield_down64, 300000},
	{"chan_sync", chan_sync, 1000000},
	{"chan_prodcons128", chan_prodcons128, 4000000},
	{"select_ready", select_ready, 2000000},
	{"select_blocking", select_blocking, 1000000},
	{NULL, NULL, 0},
};
