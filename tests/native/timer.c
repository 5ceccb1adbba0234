// Sleep, timers, after and tickers. Times are compared with one tolerance: nothing comes early,
// and a late machine is not a failure.

#include "check.h"

// --- sleep ---

typedef struct Sleeper Sleeper;
struct Sleeper {
	int64_t ns;
	GoChan *done;
};

static void
sleep_and_tell(void *arg)
{
	Sleeper *s = arg;
	int64_t begin = go_nanotime();

	go_sleep(s->ns);
	CHECK(go_nanotime() - begin >= s->ns);
	go_chan_send(s->done, &s->ns);
}

static void
sleeps(void)
{
	enum { N = 200 };
	static Sleeper s[N];
	GoChan *done = go_chan_make(sizeof(int64_t), 0);
	uint32_t seed = 3;
	int64_t ns, begin = go_nanotime();

	go_sleep(0);
	go_sleep(-3600 * GO_SECOND);
	CHECK(go_nanotime() - begin < 3600 * GO_SECOND);
	for (int i = 0; i < N; i++) {
		s[i] = (Sleeper){(int64_t)(next_random(&seed) % 20000000), done};
		go(sleep_and_tell, &s[i]);
	}
	for (int i = 0; i < N; i++)
		go_chan_recv(done, &ns);
	go_chan_free(done);
}

static int begun; // one P: no two at once

static void
begin_and_sleep(void *arg)
{
	begun++;
	sleep_and_tell(arg);
}

// On one P: if all are due when sysmon looks, they still run in the order of their times. That is,
// if they began to sleep at about the same time; a machine that stood still meanwhile does not
// count.
static void
sleep_order(void)
{
	Sleeper s[3] = {{.ns = 60 * GO_MILLISECOND},
	                {.ns = 5 * GO_MILLISECOND},
	                {.ns = 30 * GO_MILLISECOND}};
	int64_t ns[3], begin, took;
	int procs = go_max_procs(1);

	do {
		GoChan *done = go_chan_make(sizeof(int64_t), 3);

		begun = 0;
		begin = go_nanotime();
		for (int i = 0; i < 3; i++) {
			s[i].done = done;
			go(begin_and_sleep, &s[i]);
		}
		while (begun < 3)
			go_gosched();
		took = go_nanotime() - begin;
		for (int i = 0; i < 3; i++)
			go_chan_recv(done, &ns[i]);
		go_chan_free(done);
	} while (took > 20 * GO_MILLISECOND);
	CHECK(ns[0] == s[1].ns && ns[1] == s[2].ns && ns[2] == s[0].ns);
	go_max_procs(procs);
}

// --- timers ---

static void
tell(void *arg)
{
	int v = 1;

	go_chan_send(arg, &v);
}

static void
never(void *arg)
{
	(void)arg;
	CHECK(false);
}

static void
timer_rules(void)
{
	GoChan *c = go_chan_make(sizeof(int), 10);
	GoTimer *t = go_timer_start(GO_MILLISECOND, 0, tell, c);

	CHECK(go_chan_recv(c, NULL));
	CHECK(!go_timer_stop(t));
	CHECK(!go_timer_reset(t, GO_MILLISECOND)); // once more
	CHECK(go_chan_recv(c, NULL));
	CHECK(!go_timer_reset(t, 3600 * GO_SECOND));
	CHECK(go_timer_reset(t, 3600 * GO_SECOND));
	CHECK(go_timer_stop(t));
	CHECK(!go_timer_stop(t));
	go_timer_free(t);
	go_timer_free(NULL);

	t = go_timer_start(-5, 0, tell, c); // at once
	CHECK(go_chan_recv(c, NULL));
	go_timer_free(t);

	t = go_timer_start(3600 * GO_SECOND, 0, never, NULL);
	go_timer_free(t);
	t = go_timer_start(INT64_MAX, INT64_MAX, never, NULL);
	go_timer_free(t);

	t = go_timer_start(0, GO_MILLISECOND, tell, c);
	for (int i = 0; i < 5; i++)
		CHECK(go_chan_recv(c, NULL));
	CHECK(go_timer_stop(t));
	go_timer_free(t); // c stays: a last tell may be under way
}

// --- many timers, started, moved and stopped at random by several goroutines ---

typedef struct Churn Churn;
struct Churn {
	uint32_t seed;
	int n;
	GoWaitGroup *done;
	GoMutex m;
	int fired, expected;
};

static void
count_fired(void *arg)
{
	Churn *c = arg;

	go_mutex_lock(&c->m);
	c->fired++;
	go_mutex_unlock(&c->m);
}

static void
churn(void *arg)
{
	enum { Own = 50 };
	Churn *c = arg;
	GoTimer *t[Own] = {NULL};

	for (int i = 0; i < c->n; i++) {
		uint32_t k = next_random(&c->seed) % Own;
		int64_t ns = next_random(&c->seed) % 2000000;

		if (!t[k]) {
			t[k] = go_timer_start(ns, 0, count_fired, c);
			c->expected++;
		} else if (i % 3 == 0) {
			c->expected -= go_timer_stop(t[k]);
		} else if (i % 3 == 1) {
			c->expected += !go_timer_reset(t[k], ns);
		} else {
			c->expected -= go_timer_stop(t[k]);
			go_timer_free(t[k]);
			t[k] = NULL;
		}
		if (i % 50 == 0)
			go_sleep(1000);
	}
	for (int k = 0; k < Own; k++)
		if (t[k]) {
			c->expected -= go_timer_stop(t[k]);
			go_timer_free(t[k]);
		}
	go_waitgroup_done(c->done);
}

static void
timer_churn(void)
{
	enum { Parts = 4 };
	static Churn c[Parts];
	GoWaitGroup done = {0};

	go_waitgroup_add(&done, Parts);
	for (int i = 0; i < Parts; i++) {
		c[i] = (Churn){.seed = (uint32_t)i + 1, .n = scaled(5000), .done = &done};
		go(churn, &c[i]);
	}
	go_waitgroup_wait(&done);
	for (int i = 0; i < Parts; i++)
		for (bool all = false; !all;) { // goroutines of fired timers may still run
			go_gosched();
			go_mutex_lock(&c[i].m);
			CHECK(c[i].fired <= c[i].expected);
			all = c[i].fired == c[i].expected;
			go_mutex_unlock(&c[i].m);
		}
}

// --- channels ---

static void
after(void)
{
	int64_t begin = go_nanotime(), at = 0;
	GoChan *c = go_after(2 * GO_MILLISECOND), *late = go_after(3600 * GO_SECOND);
	GoCase cases[2] = {{.chan = c, .dir = GO_RECV, .elem = &at},
	                   {.chan = late, .dir = GO_RECV}};

	CHECK(go_select(cases, 2, true) == 0);
	CHECK(at - begin >= 2 * GO_MILLISECOND && go_nanotime() >= at);
	go_chan_free(c);
	go_chan_free(late); // stops it
}

static void
start_bad(void *arg)
{
	(void)arg;
	go_ticker_start(0);
}

static void
reset_bad(void *arg)
{
	go_ticker_reset(arg, -1);
}

static void
ticker(void)
{
	int64_t begin = go_nanotime(), at, last = 0;
	GoTicker *t = go_ticker_start(2 * GO_MILLISECOND);
	const char *text;

	for (int i = 1; i <= 5; i++, last = at) {
		CHECK(go_chan_recv(go_ticker_chan(t), &at));
		CHECK(at > last && at - begin >= i * 2 * GO_MILLISECOND);
	}
	// A slow receiver finds one tick, not those that it missed.
	go_sleep(20 * GO_MILLISECOND);
	CHECK(go_chan_len(go_ticker_chan(t)) == 1);
	go_ticker_stop(t);
	go_sleep(1); // whoever wakes it is through with the last tick
	go_chan_try_recv(go_ticker_chan(t), NULL, NULL);
	go_sleep(5 * GO_MILLISECOND);
	CHECK(go_chan_len(go_ticker_chan(t)) == 0);
	go_ticker_reset(t, GO_MILLISECOND);
	CHECK(go_chan_recv(go_ticker_chan(t), NULL));
	text = go_protect(reset_bad, t);
	CHECK(text && strcmp(text, "non-positive interval for Ticker.Reset") == 0);
	go_ticker_free(t);
	go_ticker_free(NULL);
	text = go_protect(start_bad, NULL);
	CHECK(text && strcmp(text, "non-positive interval for NewTicker") == 0);
}

// Tickers freed while they tick, channels freed while their time comes.
static void
free_in_flight(void)
{
	for (int i = 0; i < scaled(300); i++) {
		GoTicker *t = go_ticker_start(1000 + i % 7 * 5000);
		GoChan *c = go_after(1000 + i % 11 * 5000);

		if (i % 3 == 0)
			go_sleep(1000 + i % 5 * 10000);
		else
			go_gosched();
		go_ticker_free(t);
		go_chan_free(c);
	}
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {
		TEST(sleeps), TEST(sleep_order), TEST(timer_rules),    TEST(timer_churn),
		TEST(after),  TEST(ticker),      TEST(free_in_flight),
	};

	return RUN_TESTS(tests);
}
