// Every rule about closed and nil channels.

#include "check.h"

static void
close_it(void *c)
{
	go_chan_close(c);
}

static void
send_it(void *c)
{
	int v = 1;

	go_chan_send(c, &v);
}

static void
try_send_it(void *c)
{
	int v = 1;

	go_chan_try_send(c, &v);
}

static void
select_send_it(void *c)
{
	int v = 1;
	GoCase cases[] = {{NULL, GO_RECV, NULL, false}, {c, GO_SEND, &v, false}};

	go_select(cases, 2, true);
}

static void
make_it(void *arg)
{
	const int64_t *sizes = arg;

	go_chan_make((size_t)sizes[0], (ptrdiff_t)sizes[1]);
}

// Receiving from it never waits and gives zeroes.
static void
closed_and_empty(GoChan *c)
{
	int v;
	bool ok;
	GoCase one = {c, GO_RECV, &v, true};

	for (int i = 0; i < 3; i++) {
		v = 9, check(!go_chan_recv(c, &v)), check(v == 0);
		check(!go_chan_recv(c, NULL));
		v = 9, ok = true, check(go_chan_try_recv(c, &v, &ok)), check(v == 0 && !ok);
		v = 9, check(go_chan_try_recv(c, &v, NULL)), check(v == 0);
		v = 9, one.ok = true, check(go_select(&one, 1, true) == 0),
		check(v == 0 && !one.ok);
		v = 9, one.ok = true, check(go_select(&one, 1, false) == 0),
		check(v == 0 && !one.ok);
	}
	check(go_chan_len(c) == 0);
	check_panic(send_it, c, "send on closed channel");
	check_panic(try_send_it, c, "send on closed channel");
	check_panic(select_send_it, c, "send on closed channel");
	check_panic(close_it, c, "close of closed channel");
}

static void
empty_ones(void)
{
	for (int cap = 0; cap < 3; cap++) {
		GoChan *c = go_chan_make(sizeof(int), cap);

		check(go_chan_cap(c) == (size_t)cap);
		go_chan_close(c);
		closed_and_empty(c);
		check(go_chan_cap(c) == (size_t)cap);
		go_chan_free(c);
	}
	printf("closed and empty\n");
}

static void
drain(void)
{
	GoChan *c = go_chan_make(sizeof(int), 4);
	GoCase one = {c, GO_RECV, NULL, false};
	int v = 0;
	bool ok;

	for (int i = 1; i <= 4; i++)
		go_chan_send(c, &i);
	go_chan_close(c);
	check_panic(send_it, c, "send on closed channel");
	check(go_chan_len(c) == 4);
	check(go_chan_recv(c, &v) && v == 1);
	check(go_chan_try_recv(c, &v, &ok) && ok && v == 2);
	one.elem = &v;
	check(go_select(&one, 1, true) == 0 && one.ok && v == 3);
	check(go_chan_recv(c, NULL));
	closed_and_empty(c);
	printf("drained\n");
}

static void
nil_ones(void)
{
	int v = 7;

	check_panic(close_it, NULL, "close of nil channel");
	check(go_chan_len(NULL) == 0 && go_chan_cap(NULL) == 0);
	check(!go_chan_try_send(NULL, &v));
	check(!go_chan_try_recv(NULL, &v, NULL));
	check(v == 7);
	go_chan_free(NULL);
	printf("nil\n");
}

// --- waiters ---

enum How { Recv, RecvNothing, SelectRecv, Send, SelectSend, NHows };

typedef struct Waiter Waiter;
struct Waiter {
	enum How how;
	GoChan *c;
	int v;
	bool ok;
	char panic[40];
};

static void
wait_it(void *arg)
{
	Waiter *w = arg;
	GoChan *never = go_chan_make(sizeof(int), 0);
	GoCase cases[] = {
		{never, GO_RECV, NULL, false},
		{w->c, w->how == SelectSend ? GO_SEND : GO_RECV, &w->v, true},
		{never, GO_SEND, &w->v, false},
	};

	if (w->how == Recv)
		w->ok = go_chan_recv(w->c, &w->v);
	if (w->how == RecvNothing)
		w->ok = go_chan_recv(w->c, NULL);
	if (w->how == Send)
		go_chan_send(w->c, &w->v);
	if (w->how == SelectRecv || w->how == SelectSend) {
		check(go_select(cases, 3, true) == 1);
		w->ok = cases[1].ok;
	}
}

static void
waiter(void *arg)
{
	Waiter *w = arg;
	const char *text = go_protect(wait_it, w);

	strcpy(w->panic, !text ? "" : text);
}

// Many wait, and closing lets all of them go.
static void
wakes(enum How how, int cap)
{
	Waiter w[5];
	bool sends = how == Send || how == SelectSend;
	GoChan *c = go_chan_make(sizeof(int), cap);
	int v = 3;

	for (int i = 0; sends && i < cap; i++)
		go_chan_send(c, &v);
	for (int i = 0; i < 5; i++) {
		w[i] = (Waiter){.how = how, .c = c, .v = 9, .ok = true};
		go(waiter, &w[i]);
	}
	until_waiting(5, how == SelectRecv || how == SelectSend ? "select" : "chan");
	go_chan_close(c);
	until(go_num_goroutine() == 1);
	for (int i = 0; i < 5; i++) {
		check(strcmp(w[i].panic, sends ? "send on closed channel" : "") == 0);
		if (!sends)
			check(!w[i].ok && w[i].v == (how == RecvNothing ? 9 : 0));
	}
	// What senders put into the buffer before is still there.
	for (int i = 0; sends && i < cap; i++)
		check(go_chan_recv(c, &v) && v == 3);
	closed_and_empty(c);
	go_chan_free(c);
}

int
main(void)
{
	empty_ones();
	drain();
	nil_ones();
	for (enum How how = 0; how < NHows; how++)
		for (int cap = 0; cap < 3; cap++)
			wakes(how, cap);
	printf("waiters\n");
	check_panic(make_it, ((int64_t[]){4, -1}), "makechan: size out of range");
	check_panic(make_it, ((int64_t[]){4, INT32_MAX}), "makechan: size out of range");
	check_panic(make_it, ((int64_t[]){65536, 65536}), "makechan: size out of range");
	check_panic(make_it, ((int64_t[]){65537, 0}), "makechan: size out of range");
	check_panic(make_it, ((int64_t[]){65536, 3}), NULL);
	check_panic(make_it, ((int64_t[]){0, INT32_MAX}), NULL);
	printf("sizes\n");
	return 0;
}
