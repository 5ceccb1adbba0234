// A select that waits on several channels fires once, whoever comes. After Go's
// test/chan/doubleselect.go: one sender offers each number on one of four channels, two
// receivers take from all of them, and no number comes twice or gets lost.

#include "check.h"

static GoChan *ways[4], *out;
static int iterations;

static void
send_all(void *unused)
{
	GoCase cases[4];

	(void)unused;
	for (int v = 0; v < iterations; v++) {
		for (int i = 0; i < 4; i++)
			cases[i] = (GoCase){ways[i], GO_SEND, &v, false};
		go_select(cases, 4, true);
	}
	for (int i = 0; i < 4; i++)
		go_chan_close(ways[i]);
}

static void
receive_all(void *unused)
{
	GoCase cases[4];
	int v, open = 4;

	(void)unused;
	for (int i = 0; i < 4; i++)
		cases[i] = (GoCase){ways[i], GO_RECV, &v, false};
	while (open > 0) {
		int i = go_select(cases, 4, true);

		if (cases[i].ok) {
			go_chan_send(out, &v);
		} else {
			cases[i].chan = NULL;
			open--;
		}
	}
	v = -1;
	go_chan_send(out, &v);
}

int
main(void)
{
	enum { Receivers = 3 };
	char *seen;
	int ended = 0, v;

	iterations = many(20000, 300000);
	seen = calloc((size_t)iterations, 1);
	for (int i = 0; i < 4; i++)
		ways[i] = go_chan_make(sizeof(int), i); // the first is unbuffered
	out = go_chan_make(sizeof(int), 0);
	go(send_all, NULL);
	for (int i = 0; i < Receivers; i++)
		go(receive_all, NULL);
	while (ended < Receivers) {
		go_chan_recv(out, &v);
		if (v < 0)
			ended++;
		else
			check(seen[v]++ == 0);
	}
	for (int i = 0; i < iterations; i++)
		check(seen[i] == 1);
	printf("each once\n");
	return 0;
}
