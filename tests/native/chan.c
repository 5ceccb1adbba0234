// Channels and select: the rules one by one, then many goroutines at once.

#include "check.h"

// --- rules ---

static void
fill(void *arg)
{
	GoChan *c = arg;

	for (int i = 0; i < 1000; i++)
		go_chan_send(c, &i);
	go_chan_close(c);
}

static void
fifo(void)
{
	static const int caps[] = {0, 1, 2, 7, 1000};

	for (size_t k = 0; k < 5; k++) {
		GoChan *c = go_chan_make(sizeof(int), caps[k]);
		int v;

		go(fill, c);
		for (int i = 0; i < 1000; i++) {
			CHECK(go_chan_recv(c, &v));
			CHECK(v == i);
		}
		v = 5;
		CHECK(!go_chan_recv(c, &v));
		CHECK(v == 0);
		go_chan_free(c);
	}
}

static void
nonblocking(void)
{
	GoChan *c = go_chan_make(sizeof(int), 2);
	int v = 1;
	bool ok = true;

	CHECK(!go_chan_try_recv(c, &v, &ok) && !ok && v == 1);
	CHECK(go_chan_try_send(c, &v));
	v = 2;
	CHECK(go_chan_try_send(c, &v));
	CHECK(!go_chan_try_send(c, &v));
	CHECK(go_chan_len(c) == 2 && go_chan_cap(c) == 2);
	go_chan_close(c);
	CHECK(go_chan_try_recv(c, &v, &ok) && ok && v == 1);
	CHECK(go_chan_try_recv(c, NULL, &ok) && ok);
	CHECK(go_chan_try_recv(c, &v, &ok) && !ok && v == 0);
	CHECK(go_chan_try_recv(c, &v, NULL));
	go_chan_free(c);

	c = go_chan_make(sizeof(int), 0);
	CHECK(!go_chan_try_send(c, &v));
	CHECK(!go_chan_try_recv(c, &v, NULL));
	go_chan_free(c);

	CHECK(!go_chan_try_send(NULL, &v));
	CHECK(!go_chan_try_recv(NULL, &v, &ok) && !ok);
	CHECK(go_chan_len(NULL) == 0 && go_chan_cap(NULL) == 0);
	CHECK(go_select(NULL, 0, false) == -1);
	go_chan_free(NULL);
}

typedef struct Big Big;
struct Big {
	uint64_t w[5];
};

static void
send_big(void *arg)
{
	for (uint64_t i = 0; i < 100; i++) {
		Big b = {{i, i + 1, i + 2, i + 3, i + 4}};

		go_chan_send(arg, &b);
	}
	go_chan_close(arg);
}

static void
element_sizes(void)
{
	GoChan *c = go_chan_make(0, 3);
	GoChan *done = go_chan_make(0, 0);
	uint64_t n = 0;
	Big b;

	for (int i = 0; i < 10; i++) {
		go_chan_send(c, NULL);
		CHECK(go_chan_recv(c, NULL));
	}
	go_chan_free(c);
	go_chan_free(done);
	for (ptrdiff_t cap = 0; cap < 4; cap++) {
		c = go_chan_make(sizeof(Big), cap);
		go(send_big, c);
		for (n = 0; go_chan_recv(c, &b); n++)
			for (uint64_t k = 0; k < 5; k++)
				CHECK(b.w[k] == n + k);
		CHECK(n == 100);
		go_chan_free(c);
	}
}

static void
expect(GoFunc fn, void *arg, const char *text)
{
	const char *got = go_protect(fn, arg);

	if (!got || strcmp(got, text) != 0) {
		fprintf(stderr, "expected \"%s\", got \"%s\"\n", text, !got ? "(none)" : got);
		exit(1);
	}
}

static void
close_it(void *arg)
{
	go_chan_close(arg);
}

static void
send_it(void *arg)
{
	int v = 1;

	go_chan_send(arg, &v);
}

static void
try_send_it(void *arg)
{
	int v = 1;

	go_chan_try_send(arg, &v);
}

static void
select_send_it(void *arg)
{
	int v = 1;
	GoCase cases[2] = {{.chan = arg, .dir = GO_SEND, .elem = &v}, {.chan = NULL}};

	go_select(cases, 2, true);
}

static void
free_it(void *arg)
{
	go_chan_free(arg);
}

static void
make_bad(void *arg)
{
	switch (*(int *)arg) {
	case 0:
		go_chan_make(4, -1);
		break;
	case 1:
		go_chan_make(65537, 0);
		break;
	case 2:
		go_chan_make(65536, PTRDIFF_MAX / 65536 + 1);
		break;
	default:
		go_chan_make(1, PTRDIFF_MAX);
		break;
	}
}

static void
recv_one(void *arg)
{
	go_chan_recv(arg, NULL);
}

static void
panics(void)
{
	GoChan *c = go_chan_make(sizeof(int), 1);

	expect(close_it, NULL, "close of nil channel");
	go_chan_close(c);
	expect(close_it, c, "close of closed channel");
	expect(send_it, c, "send on closed channel");
	expect(try_send_it, c, "send on closed channel");
	expect(select_send_it, c, "send on closed channel");
	go_chan_free(c);
	for (int i = 0; i < 4; i++)
		expect(make_bad, &i, "makechan: size out of range");
}

static bool
receiver_waits(void)
{
	static char text[1 << 16];

	text[go_stack(text, sizeof text - 1, true)] = 0;
	return strstr(text, " [chan receive");
}

static void
free_in_use(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int procs = go_max_procs(1);

	go(recv_one, c);
	do
		go_gosched();
	while (!receiver_waits());
	expect(free_it, c, "free of a channel that a goroutine waits on");
	go_chan_close(c);
	go_gosched();
	go_chan_free(c);
	go_max_procs(procs);
}

// --- close wakes everybody ---

typedef struct Woken Woken;
struct Woken {
	GoChan *c, *done;
};

static void
blocked_receiver(void *arg)
{
	Woken *w = arg;
	int v = 7;
	bool ok = go_chan_recv(w->c, &v);
	int good = !ok && v == 0;

	go_chan_send(w->done, &good);
}

static void
blocked_sender(void *arg)
{
	Woken *w = arg;
	const char *text = go_protect(send_it, w->c);
	int good = text && strcmp(text, "send on closed channel") == 0;

	go_chan_send(w->done, &good);
}

static void
blocked_selector(void *arg)
{
	Woken *w = arg;
	int v = 7, good;
	GoCase cases[2] = {{.chan = w->c, .dir = GO_RECV, .elem = &v, .ok = true},
	                   {.chan = go_chan_make(4, 0), .dir = GO_RECV, .elem = &v}};

	good = go_select(cases, 2, true) == 0 && !cases[0].ok && v == 0;
	go_chan_free(cases[1].chan);
	go_chan_send(w->done, &good);
}

static void
close_wakes(void)
{
	static const GoFunc kinds[] = {blocked_receiver, blocked_selector, blocked_sender};

	for (int kind = 0; kind < 3; kind++) {
		Woken w = {go_chan_make(sizeof(int), 0), go_chan_make(sizeof(int), 0)};
		int good = 0, n = scaled(100);

		for (int i = 0; i < n; i++)
			go(kind == 0 && i % 2 ? kinds[1] : kinds[kind], &w);
		for (int i = 0; i < 10; i++)
			go_gosched();
		go_chan_close(w.c);
		for (int i = 0; i < n; i++)
			CHECK(go_chan_recv(w.done, &good) && good);
		go_chan_free(w.c);
		go_chan_free(w.done);
	}
}

// --- select ---

static void
select_random(void)
{
	int count[5] = {0}, v;
	GoCase cases[5];

	for (int i = 0; i < 5; i++)
		cases[i] = (GoCase){.chan = i == 2 ? NULL : go_chan_make(sizeof(int), 1),
		                    .dir = GO_RECV,
		                    .elem = &v};
	for (int i = 0; i < 4000; i++) {
		int fired;

		for (int k = 0; k < 5; k++)
			go_chan_try_send(cases[k].chan, &k);
		fired = go_select(cases, 5, i % 2);
		CHECK(fired >= 0 && fired == v && cases[fired].ok);
		count[fired]++;
	}
	for (int i = 0; i < 5; i++) {
		CHECK(i == 2 ? count[i] == 0 : count[i] > 800 && count[i] < 1200);
		if (i != 2)
			go_chan_try_recv(cases[i].chan, NULL, NULL);
		go_chan_free(cases[i].chan);
	}
}

static void
select_many_arms(void)
{
	enum { N = 65536 };
	GoCase *cases = calloc(N, sizeof *cases);
	GoChan *c = go_chan_make(sizeof(int), 0), *hit = go_chan_make(sizeof(int), 1);
	int v = 0;

	for (int i = 0; i < N; i++)
		cases[i] = (GoCase){.chan = i % 2 ? c : NULL, .dir = GO_RECV, .elem = &v};
	cases[12345].chan = hit;
	CHECK(go_select(cases, N, false) == -1);
	v = 3;
	go_chan_send(hit, &v);
	v = 0;
	CHECK(go_select(cases, N, true) == 12345 && v == 3);
	go(fill, c);
	for (int i = 0; i < 1000; i++) {
		int fired = go_select(cases, i % 100 == 0 ? N : 9 + i % 30, true);

		CHECK(fired % 2 == 1 && cases[fired].ok && v == i);
	}
	CHECK(go_select(cases, 30, true) % 2 == 1 && v == 0);
	go_chan_free(c);
	go_chan_free(hit);
	free(cases);
}

// Everybody sends and receives on the same channel in one select: pairs must meet, never oneself.
typedef struct Pair Pair;
struct Pair {
	GoChan *c, *done;
	int rounds;
	int id;
};

static void
both_ways(void *arg)
{
	Pair *p = arg;
	int sent = 0, got = 0;

	while (sent + got < p->rounds) {
		int out = p->id, in = -1;
		GoCase cases[3] = {{.chan = p->c, .dir = GO_SEND, .elem = &out},
		                   {.chan = p->c, .dir = GO_RECV, .elem = &in},
		                   {.chan = p->c, .dir = GO_SEND, .elem = &out}};

		if (go_select(cases, 3, true) == 1) {
			CHECK(cases[1].ok && in >= 0 && in != p->id);
			got++;
		} else {
			sent++;
		}
	}
	go_chan_send(p->done, &got);
}

static void
select_same_channel(void)
{
	// Two parties make the same number of rounds; each round takes both.
	Pair p[2];
	GoChan *c = go_chan_make(sizeof(int), 0), *done = go_chan_make(sizeof(int), 0);
	int got, total = 0;

	for (int i = 0; i < 2; i++) {
		p[i] = (Pair){c, done, scaled(2000), i};
		go(both_ways, &p[i]);
	}
	for (int i = 0; i < 2; i++) {
		go_chan_recv(done, &got);
		total += got;
	}
	CHECK(total == p[0].rounds);
	go_chan_free(c);
	go_chan_free(done);
}

// --- many at once ---

typedef struct Crowd Crowd;
struct Crowd {
	GoChan *c[6];
	GoChan *sums;
	uint32_t seed;
	int n;
	bool select;
};

static void
producer(void *arg)
{
	Crowd *w = arg;
	uint32_t seed = w->seed;
	int64_t sum = 0;

	for (int i = 0; i < w->n; i++) {
		int64_t v = next_random(&seed) % 1000;

		if (w->select) {
			GoCase cases[6];
			uint32_t at = next_random(&seed) % 6;

			for (uint32_t k = 0; k < 6; k++)
				cases[k] = (GoCase){
					.chan = w->c[(at + k) % 6], .dir = GO_SEND, .elem = &v};
			CHECK(go_select(cases, 1 + (int)(next_random(&seed) % 6), true) >= 0);
		} else {
			go_chan_send(w->c[next_random(&seed) % 6], &v);
		}
		sum += v;
	}
	go_chan_send(w->sums, &sum);
}

static void
consumer(void *arg)
{
	Crowd *w = arg;
	bool open[6] = {true, true, true, true, true, true};
	int left = 6;
	int64_t sum = 0;

	while (left > 0) {
		GoCase cases[6];
		int64_t v[6];
		int fired;

		for (int k = 0; k < 6; k++)
			cases[k] = (GoCase){
				.chan = open[k] ? w->c[k] : NULL, .dir = GO_RECV, .elem = &v[k]};
		fired = go_select(cases, 6, next_random(&w->seed) % 8 != 0);
		if (fired < 0) {
			go_gosched();
		} else if (cases[fired].ok) {
			sum += v[fired];
		} else {
			open[fired] = false;
			left--;
		}
	}
	go_chan_send(w->sums, &sum);
}

static void
crowd_of(ptrdiff_t cap, bool select)
{
	enum { Producers = 8, Consumers = 8 };
	Crowd w[Producers + Consumers];
	GoChan *c[6], *in = go_chan_make(8, 0), *out = go_chan_make(8, 0);
	int64_t sent = 0, got = 0, v;

	for (int k = 0; k < 6; k++)
		c[k] = go_chan_make(sizeof(int64_t), cap);
	for (int i = 0; i < Producers + Consumers; i++) {
		w[i] = (Crowd){.sums = i < Producers ? in : out,
		               .seed = (uint32_t)i + 1,
		               .n = scaled(500),
		               .select = select};
		memcpy(w[i].c, c, sizeof c);
		go(i < Producers ? producer : consumer, &w[i]);
	}
	for (int i = 0; i < Producers; i++) {
		go_chan_recv(in, &v);
		sent += v;
	}
	for (int k = 0; k < 6; k++)
		go_chan_close(c[k]);
	for (int i = 0; i < Consumers; i++) {
		go_chan_recv(out, &v);
		got += v;
	}
	CHECK(sent == got);
	for (int k = 0; k < 6; k++)
		go_chan_free(c[k]);
	go_chan_free(in);
	go_chan_free(out);
}

static void
crowd(void)
{
	for (ptrdiff_t cap = 0; cap < 3; cap++) {
		crowd_of(cap, false);
		crowd_of(cap, true);
	}
}

static void
filter(void *arg)
{
	GoChan **io = arg;
	int prime, v;

	go_chan_recv(io[0], &prime);
	while (go_chan_recv(io[0], &v))
		if (v % prime != 0)
			go_chan_send(io[1], &v);
	go_chan_close(io[1]);
}

static void
count_up(void *arg)
{
	for (int i = 2; i < 2000; i++)
		go_chan_send(arg, &i);
	go_chan_close(arg);
}

static void
sieve(void)
{
	enum { Primes = 303 }; // below 2000
	static GoChan *links[Primes + 1];
	int v;

	links[0] = go_chan_make(sizeof(int), 0);
	go(count_up, links[0]);
	for (int i = 0; i < Primes; i++) {
		links[i + 1] = go_chan_make(sizeof(int), 0);
		go(filter, &links[i]);
	}
	CHECK(!go_chan_recv(links[Primes], &v));
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {
		TEST(fifo),
		TEST(nonblocking),
		TEST(element_sizes),
		TEST(panics),
		TEST(free_in_use),
		TEST(close_wakes),
		TEST(select_random),
		TEST(select_many_arms),
		TEST(select_same_channel),
		TEST(crowd),
		TEST(sieve),
	};

	return RUN_TESTS(tests);
}
