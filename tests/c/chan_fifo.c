// Values come out in the order they went in; waiters are served first come, first served.

#include "check.h"

enum { N = 10 };

static void
buffered(void)
{
	GoChan *c = go_chan_make(sizeof(int), N);

	for (int round = 0; round < 3; round++) { // round the ring, from different places
		int v = -1;

		for (int i = 0; i < N; i++)
			go_chan_send(c, &i);
		check(go_chan_len(c) == N);
		for (int i = 0; i < N - 3; i++) {
			check(go_chan_recv(c, &v));
			check(v == i);
		}
		for (int i = N; i < N + 5; i++)
			go_chan_send(c, &i);
		for (int i = N - 3; i < N + 5; i++) {
			check(go_chan_recv(c, &v));
			check(v == i);
		}
		check(go_chan_len(c) == 0);
	}
	printf("buffered\n");
}

// --- a chain of goroutines hands the turn on (after Go's fifo.go) ---

typedef struct Turn Turn;
struct Turn {
	GoChan *ch, *in, *out;
	int val;
};

static void
receiver(void *arg)
{
	Turn t = *(Turn *)arg;
	int v;

	free(arg);
	go_chan_recv(t.in, NULL);
	check(go_chan_recv(t.ch, &v));
	check(v == t.val);
	go_chan_send(t.out, NULL);
}

static void
synchronous(void)
{
	GoChan *ch = go_chan_make(sizeof(int), 0), *in = go_chan_make(0, 0), *first = in;

	for (int i = 0; i < N; i++) {
		Turn *t = malloc(sizeof *t);

		*t = (Turn){ch, in, go_chan_make(0, 0), i};
		in = t->out;
		go(receiver, t);
	}
	go_chan_send(first, NULL);
	for (int i = 0; i < N; i++)
		go_chan_send(ch, &i);
	go_chan_recv(in, NULL);
	printf("synchronous\n");
}

// --- waiters ---

static GoChan *line, *result;

static void
wait_recv(void *arg)
{
	int got[2] = {(int)(intptr_t)arg, -1};

	go_chan_recv(line, &got[1]);
	go_chan_send(result, got);
}

static void
wait_send(void *arg)
{
	int v = (int)(intptr_t)arg;

	go_chan_send(line, &v);
}

// They arrive one after the other: each is known to wait before the next is started.
static void
line_up(GoFunc fn, int n)
{
	for (int i = 0; i < n; i++) {
		go(fn, (void *)(intptr_t)i);
		until_waiting(i + 1, "chan");
	}
}

static void
waiters(void)
{
	int v, got[2];

	line = go_chan_make(sizeof(int), 0);
	result = go_chan_make(2 * sizeof(int), N);
	line_up(wait_recv, N);
	for (int i = 100; i < 100 + N; i++)
		go_chan_send(line, &i);
	for (int i = 0; i < N; i++) {
		go_chan_recv(result, got);
		check(got[1] == 100 + got[0]);
	}
	line_up(wait_send, N);
	for (int i = 0; i < N; i++) {
		go_chan_recv(line, &v);
		check(v == i);
	}
	printf("waiters\n");
}

// A sender that waited on a full buffer comes behind what is in it.
static void
behind_the_buffer(void)
{
	int v;

	line = go_chan_make(sizeof(int), 2);
	for (v = -2; v < 0; v++)
		go_chan_send(line, &v);
	line_up(wait_send, 3);
	for (int i = -2; i < 3; i++) {
		check(go_chan_len(line) == (i < 1 ? 2 : (size_t)(3 - i)));
		go_chan_recv(line, &v);
		check(v == i);
	}
	printf("behind the buffer\n");
}

int
main(void)
{
	buffered();
	synchronous();
	waiters();
	behind_the_buffer();
	return 0;
}
