// Four arms in every combination of states, in every order: only a ready one may fire, and with
// none ready a select that does not wait says so and changes nothing.

#include "check.h"

enum Kind { Nil, RecvEmpty, SendFull, RecvReady, SendRoom, RecvClosed, NKinds };

static GoChan *empty, *full, *ready, *room, *closed;

static GoCase
arm(enum Kind kind, int *v)
{
	switch (kind) {
	case RecvEmpty:
		return (GoCase){empty, GO_RECV, v, false};
	case SendFull:
		return (GoCase){full, GO_SEND, v, false};
	case RecvReady:
		return (GoCase){ready, GO_RECV, v, false};
	case SendRoom:
		return (GoCase){room, GO_SEND, v, false};
	case RecvClosed:
		return (GoCase){closed, GO_RECV, v, false};
	default:
		return (GoCase){NULL, GO_RECV, v, false};
	}
}

static void
refill(void)
{
	int v = 11;

	while (go_chan_try_send(ready, &v))
		;
	while (go_chan_try_recv(room, NULL, NULL))
		;
	check(go_chan_len(full) == 2 && go_chan_len(empty) == 0 && go_chan_len(ready) == 3);
}

static int
one(const enum Kind *kinds)
{
	GoCase cases[4];
	int v[4], i, fires = 0;

	for (i = 0; i < 4; i++) {
		v[i] = 100 + i;
		cases[i] = arm(kinds[i], &v[i]);
		fires += kinds[i] >= RecvReady;
	}
	refill();
	// It may wait: then there is something ready.
	i = go_select(cases, 4, fires > 0 && kinds[0] % 2 == 0);
	if (fires == 0) {
		check(i == -1);
		return 0;
	}
	check(i >= 0 && kinds[i] >= RecvReady);
	check(cases[i].ok == (kinds[i] == RecvReady));
	for (int k = 0; k < 4; k++)
		if (k != i || kinds[i] == SendRoom)
			check(v[k] == 100 + k);
		else
			check(v[k] == (kinds[i] == RecvReady ? 11 : 0));
	check(go_chan_len(ready) == (kinds[i] == RecvReady ? 2u : 3u));
	check(go_chan_len(room) == (kinds[i] == SendRoom ? 1u : 0u));
	return 1;
}

int
main(void)
{
	int n = 0, fired = 0;

	empty = go_chan_make(sizeof(int), 0);
	full = go_chan_make(sizeof(int), 2);
	ready = go_chan_make(sizeof(int), 3);
	room = go_chan_make(sizeof(int), 3);
	closed = go_chan_make(sizeof(int), 3);
	go_chan_send(full, &n);
	go_chan_send(full, &n);
	go_chan_close(closed);
	for (int code = 0; code < NKinds * NKinds * NKinds * NKinds; code++, n++) {
		enum Kind kinds[4];

		for (int i = 0, c = code; i < 4; i++, c /= NKinds)
			kinds[i] = c % NKinds;
		for (int again = 0; again < 4; again++)
			fired += one(kinds);
	}
	printf("%d combinations, %d fired\n", n, fired / 4);
	return 0;
}
