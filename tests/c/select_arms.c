// What the arms of a select may be: none, nil, the same channel many times, both directions of
// one channel, very many, closed ones, elements nobody wants.

#include "check.h"

static void
none(void)
{
	GoCase nil[3] = {{NULL, GO_RECV, NULL, true},
	                 {NULL, GO_SEND, NULL, true},
	                 {NULL, GO_RECV, NULL, true}};

	check(go_select(NULL, 0, false) == -1);
	check(go_select(nil, 3, false) == -1);
	check(nil[0].ok && nil[1].ok && nil[2].ok);
	printf("none\n");
}

static void
send_to(void *c)
{
	int v = 42;

	go_chan_send(c, &v);
}

// The same channel in every arm: exactly one fires, and the record of each is gone afterwards.
static void
same(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	GoCase cases[10];
	int v[10];

	for (int round = 0; round < 100; round++) {
		int i, fired = 0;

		for (i = 0; i < 10; i++) {
			v[i] = -1;
			cases[i] = (GoCase){c, GO_RECV, &v[i], false};
		}
		go(send_to, c);
		if (round % 2 == 0)
			until_waiting(1, "chan send");
		i = go_select(cases, 10, true);
		check(cases[i].ok && v[i] == 42);
		for (i = 0; i < 10; i++)
			fired += v[i] == 42;
		check(fired == 1);
		check(!go_chan_try_send(c, &v[0])); // no arm is left behind
		check(!go_chan_try_recv(c, NULL, NULL));
	}
	go_chan_free(c);
	printf("same\n");
}

static GoChan *done;

static void
one_of_two(void *arg)
{
	GoChan *c = arg;
	int in = -1, out = (int)go_id();
	GoCase cases[2] = {{c, GO_SEND, &out, false}, {c, GO_RECV, &in, false}};
	int i = go_select(cases, 2, true);

	check(i == 0 ? in == -1 : in != (int)go_id());
	go_chan_send(done, &i);
}

// Sends and receives on one channel in one select: never with itself, only with another.
static void
both_directions(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int in, out = 1, i, sum = 0;
	GoCase cases[2] = {{c, GO_SEND, &out, false}, {c, GO_RECV, &in, false}};

	for (i = 0; i < 100; i++)
		check(go_select(cases, 2, false) == -1);
	done = go_chan_make(sizeof(int), 0);
	for (i = 0; i < 100; i++)
		go(one_of_two, c);
	for (int n = 0; n < 100; n++) {
		go_chan_recv(done, &i);
		sum += i;
	}
	check(sum == 50);
	printf("both directions\n");
}

static GoChan **chans;
static int nchans;

static void
send_somewhere(void *arg)
{
	int v = *(int *)arg;

	go_chan_send(chans[v], &v);
}

static void
receive_somewhere(void *arg)
{
	int v;

	check(go_chan_recv(chans[*(int *)arg], &v));
	check(v == 1000000);
	go_chan_send(done, &v);
}

static void
large(int n)
{
	GoCase *cases = calloc((size_t)n, sizeof *cases);
	int got = -1, given = 1000000, at;

	chans = malloc((size_t)n * sizeof *chans);
	nchans = n;
	for (int i = 0; i < n; i++)
		chans[i] = i % 16 == 15 ? chans[i - 15] : go_chan_make(sizeof(int), 0);
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < n; i++)
			cases[i] = (GoCase){chans[i], GO_RECV, &got, false};
		at = (n - 1) / (round + 1) / 16 * 16 + 3;
		if (at >= n)
			at = n - 1;
		go(send_somewhere, &at);
		if (round % 2 == 0 && n < 1000)
			until_waiting(1, "chan send");
		check(go_select(cases, n, true) == at && got == at);
		for (int i = 0; i < n; i++)
			cases[i] = (GoCase){chans[i], GO_SEND, &given, false};
		go(receive_somewhere, &at);
		check(go_select(cases, n, true) == at);
		check(go_chan_recv(done, &got) && got == given);
		check(go_select(cases, n, false) == -1);
	}
	free(cases);
	free(chans);
	printf("%d arms\n", n);
}

static void
too_many(void *unused)
{
	static GoCase cases[1];

	(void)unused;
	go_select(cases, 65537, false);
}

static void
closed_arm(void *c)
{
	int v = 5;
	GoCase cases[3] = {
		{NULL, GO_RECV, NULL, false}, {c, GO_SEND, &v, false}, {NULL, GO_SEND, &v, false}};

	go_select(cases, 3, false);
}

// A select that waits to send when the channel is closed: the panic comes in the select.
static void
select_closed_late(void *c)
{
	int v = 5;
	GoCase cases[2] = {{go_chan_make(1, 0), GO_RECV, NULL, false}, {c, GO_SEND, &v, false}};

	go_select(cases, 2, true);
}

static void
close_late(void *c)
{
	until_waiting(1, "select");
	go_chan_close(c);
}

static void
closed(void)
{
	GoChan *c = go_chan_make(sizeof(int), 1);

	go_with_stack(close_late, c, 16384);
	go_chan_send(c, &(int){1});
	check_panic(select_closed_late, c, "send on closed channel");
	check_panic(closed_arm, c, "send on closed channel");
	printf("closed\n");
}

int
main(void)
{
	none();
	same();
	both_directions();
	large(8);
	large(100);
	large(1000);
	large(65536);
	check_panic(too_many, NULL, "select: too many cases (max 65536)");
	closed();
	return 0;
}
