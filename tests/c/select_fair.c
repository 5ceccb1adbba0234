// A select with several ready arms takes each of them, about equally often. With n draws of
// probability 1/k the count is off by more than 6 standard deviations once in 500 million runs.

#include "check.h"

static int draws;

// |count - n/k| <= 6 sqrt(n (1/k) (1 - 1/k)), squared and multiplied out.
static bool
fair(int64_t count, int64_t n, int64_t k)
{
	int64_t off = count * k - n;

	return off * off <= 36 * n * (k - 1);
}

// All arms receive from closed channels.
static void
closed(int k)
{
	GoCase cases[8];
	int count[8] = {0};

	for (int i = 0; i < k; i++) {
		cases[i] = (GoCase){go_chan_make(0, 0), GO_RECV, NULL, false};
		go_chan_close(cases[i].chan);
	}
	for (int n = 0; n < draws; n++)
		count[go_select(cases, k, n % 2 == 0)]++;
	for (int i = 0; i < k; i++) {
		check(fair(count[i], draws, k));
		go_chan_free(cases[i].chan);
	}
	printf("closed, %d arms\n", k);
}

// Some arms can never fire: nil, empty.
static void
with_deaf_ones(void)
{
	GoChan *ready = go_chan_make(0, 0);
	GoCase cases[6] = {
		{NULL, GO_RECV, NULL, false},
		{ready, GO_RECV, NULL, false},
		{go_chan_make(0, 0), GO_RECV, NULL, false},
		{ready, GO_RECV, NULL, false},
		{NULL, GO_SEND, NULL, false},
		{ready, GO_RECV, NULL, false},
	};
	int count[6] = {0};

	go_chan_close(ready);
	for (int n = 0; n < draws; n++)
		count[go_select(cases, 6, true)]++;
	for (int i = 0; i < 6; i++)
		check(i % 2 == 1 ? fair(count[i], draws, 3) : count[i] == 0);
	printf("deaf arms\n");
}

// Sending to and receiving from one buffer: one of two can always go on, in the middle both.
static void
both_ways(void)
{
	GoChan *c = go_chan_make(sizeof(int), 100);
	int v = 0;
	GoCase cases[2] = {{c, GO_SEND, &v, false}, {c, GO_RECV, &v, false}};
	int64_t sent = 0;

	for (int n = 0; n < draws; n++) {
		size_t len = go_chan_len(c);
		int i = go_select(cases, 2, true);

		check(go_chan_len(c) == (i == 0 ? len + 1 : len - 1));
		sent += i == 0;
	}
	// The walls of the random walk push towards the middle.
	check(fair(sent, draws, 2));
	printf("both ways\n");
}

// Two that send for ever into one select: none starves. (After Go's test/chan/select3 and
// fairness tests.)
static void
sender(void *c)
{
	for (;;)
		go_chan_send(c, NULL);
}

static void
nobody_starves(void)
{
	GoCase cases[2];
	int count[2] = {0}, both = 0;

	for (int i = 0; i < 2; i++) {
		cases[i] = (GoCase){go_chan_make(0, 0), GO_RECV, NULL, false};
		go(sender, cases[i].chan);
	}
	while (both < 100) {
		count[go_select(cases, 2, true)]++;
		if (count[0] > 0 && count[1] > 0) {
			both++;
			count[0] = count[1] = 0;
		}
	}
	printf("nobody starves\n");
}

// A select that has to wait, with all arms of one channel and direction: whoever comes finds one of
// them.
static void
partner(void *c)
{
	int v = 0;

	for (;;) {
		go_chan_send(c, &v);
		go_gosched(); // the select waits by then
	}
}

static void
one_channel(int k)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	GoCase cases[8];
	int count[8] = {0}, v, n = draws / 10;

	go(partner, c);
	for (int i = 0; i < k; i++)
		cases[i] = (GoCase){c, GO_RECV, &v, false};
	for (int i = 0; i < n; i++) {
		count[go_select(cases, k, true)]++;
		go_gosched();
	}
	for (int i = 0; i < k; i++)
		check(fair(count[i], n, k));
	printf("one channel, %d arms\n", k);
}

int
main(void)
{
	draws = many(20000, 500000);
	for (int k = 1; k <= 8; k++)
		closed(k);
	with_deaf_ones();
	both_ways();
	one_channel(4);
	one_channel(8);
	nobody_starves();
	return 0;
}
