// try_send and try_recv, and select without waiting, in every state a channel can be in.

#include "check.h"

enum State {
	Nil,
	Empty,     // unbuffered, nobody there
	Receiver,  // unbuffered, a receiver waits
	Sender,    // unbuffered, a sender waits with 7
	Room,      // buffer of 2 with one element, 5
	Full,      // buffer of 2: 5, 6
	FullMore,  // and a sender that waits with 7
	Buffered0, // empty buffer of 2, a receiver waits
	Closed,
	ClosedFull, // closed with 5, 6 in it
	NStates,
};

static const char *const names[] = {
	"nil",    "empty",          "receiver waits",     "sender waits",
	"room",   "full",           "full, sender waits", "buffered, receiver waits",
	"closed", "closed, 2 left",
};

static int received;

static void
receive(void *c)
{
	int v = -1;

	check(go_chan_recv(c, &v));
	__atomic_store_n(&received, v, __ATOMIC_SEQ_CST);
}

static void
send7(void *c)
{
	int v = 7;

	go_chan_send(c, &v);
}

// Starts the one that helps, and sees it wait.
static void
help(GoFunc fn, GoChan *c)
{
	received = 0;
	go(fn, c);
	until_waiting(1, "chan");
}

static GoChan *
make(enum State s)
{
	GoChan *c;
	int v5 = 5, v6 = 6;

	if (s == Nil)
		return NULL;
	c = go_chan_make(sizeof(int), s == Empty || s == Receiver || s == Sender ? 0 : 2);
	if (s == Room || s == Full || s == FullMore || s == ClosedFull)
		go_chan_send(c, &v5);
	if (s == Full || s == FullMore || s == ClosedFull)
		go_chan_send(c, &v6);
	if (s == Receiver || s == Buffered0)
		help(receive, c);
	if (s == Sender || s == FullMore)
		help(send7, c);
	if (s == Closed || s == ClosedFull)
		go_chan_close(c);
	return c;
}

// Whoever still waits goes home.
static void
settle(GoChan *c, enum State s, bool done)
{
	int v = 9;
	bool ok;

	if ((s == Receiver || s == Buffered0) && !done)
		go_chan_send(c, &v);
	if (s == Sender || s == FullMore)
		while (go_num_goroutine() > 1) {
			go_chan_try_recv(c, &v, &ok);
			go_gosched();
		}
	until(go_num_goroutine() == 1);
	go_chan_free(c);
}

typedef struct Send Send;
struct Send {
	GoChan *c;
	bool select, sent;
};

static void
send_now(void *arg)
{
	Send *s = arg;
	int v = 8;
	GoCase one = {s->c, GO_SEND, &v, false};

	if (s->select)
		s->sent = go_select(&one, 1, false) == 0;
	else
		s->sent = go_chan_try_send(s->c, &v);
	check(v == 8);
}

static void
sends(bool select)
{
	for (enum State s = 0; s < NStates; s++) {
		Send args = {make(s), select, false};
		size_t before = go_chan_len(args.c);
		const char *panic = go_protect(send_now, &args);
		int late = 0;

		printf("send, %s: %s", names[s], panic ? panic : args.sent ? "sent" : "would wait");
		if (args.sent && (s == Receiver || s == Buffered0)) {
			until(__atomic_load_n(&received, __ATOMIC_SEQ_CST) != 0);
			late = received;
			printf(", received %d", late);
		}
		printf(", %zu -> %zu\n", before, go_chan_len(args.c));
		settle(args.c, s, args.sent);
	}
}

static void
receives(bool select, bool discard)
{
	for (enum State s = 0; s < NStates; s++) {
		GoChan *c = make(s);
		size_t before = go_chan_len(c);
		int v = 77;
		bool ok = true, got;
		GoCase one = {c, GO_RECV, discard ? NULL : &v, true};

		if (select) {
			got = go_select(&one, 1, false) == 0;
			ok = got && one.ok;
		} else {
			got = go_chan_try_recv(c, discard ? NULL : &v, &ok);
		}
		printf("recv, %s: %s", names[s], !got ? "would wait" : ok ? "a value" : "closed");
		if (got && !discard)
			printf(" %d", v);
		else
			check(v == 77);
		printf(", %zu -> %zu\n", before, go_chan_len(c));
		check(go_chan_try_recv(NULL, &v, NULL) == false);
		settle(c, s, false);
	}
}

int
main(void)
{
	sends(false);
	sends(true);
	receives(false, false);
	receives(true, false);
	receives(false, true);
	return 0;
}
