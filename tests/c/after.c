// go_after and tickers: channels with the time.

#include "check.h"

static void
after(void)
{
	int64_t start = go_nanotime(), at = 0;
	GoChan *c = go_after(3 * GO_MILLISECOND);

	check(go_chan_cap(c) == 1);
	check(go_chan_recv(c, &at));
	check(at - start >= 3 * GO_MILLISECOND && at <= go_nanotime());
	go_chan_free(c);
	c = go_after(-5);
	check(go_chan_recv(c, &at));
	go_chan_free(c);
	c = go_after(GO_SECOND * 1000); // nobody waits for it
	go_chan_free(c);
	printf("after\n");
}

// The usual timeout.
static void
timeout(void)
{
	GoChan *never = go_chan_make(sizeof(int), 0), *late = go_after(GO_MILLISECOND);
	int64_t at;
	int v;
	GoCase cases[] = {{never, GO_RECV, &v, false}, {late, GO_RECV, &at, false}};

	check(go_select(cases, 2, true) == 1 && cases[1].ok);
	go_chan_free(late);
	late = go_after(GO_SECOND * 1000);
	cases[1].chan = late;
	go_chan_close(never);
	check(go_select(cases, 2, true) == 0 && !cases[0].ok);
	go_chan_free(late);
	go_chan_free(never);
	printf("timeout\n");
}

static void
ticker(void)
{
	int64_t start = go_nanotime(), at, before = start;
	GoTicker *t = go_ticker_start(2 * GO_MILLISECOND);
	GoChan *c = go_ticker_chan(t);

	for (int k = 1; k <= 5; k++) {
		check(go_chan_recv(c, &at));
		check(at - start >= k * 2 * GO_MILLISECOND && at > before && at <= go_nanotime());
		before = at;
	}
	// Who is slow misses ticks: there is room for one.
	go_sleep(20 * GO_MILLISECOND);
	check(go_chan_len(c) <= 1 && go_chan_cap(c) == 1);
	go_ticker_stop(t);
	go_sleep(1); // whoever wakes it is through with the last tick
	go_chan_try_recv(c, NULL, NULL);
	go_sleep(10 * GO_MILLISECOND);
	check(!go_chan_try_recv(c, NULL, NULL)); // not closed either
	start = go_nanotime();
	go_ticker_reset(t, 3 * GO_MILLISECOND);
	check(go_chan_recv(c, &at) && at - start >= 3 * GO_MILLISECOND);
	check(go_chan_recv(c, &at) && at - start >= 6 * GO_MILLISECOND);
	go_ticker_free(t);
	go_ticker_free(NULL);
	printf("ticker\n");
}

static void
start_ticker(void *ns)
{
	go_ticker_start(*(int64_t *)ns);
}

static void
reset_ticker(void *t)
{
	go_ticker_reset(t, 0);
}

static void
no_interval(void)
{
	int64_t none = 0, less = -1;
	GoTicker *t = go_ticker_start(GO_SECOND);

	check_panic(start_ticker, &none, "non-positive interval for NewTicker");
	check_panic(start_ticker, &less, "non-positive interval for NewTicker");
	check_panic(reset_ticker, t, "non-positive interval for Ticker.Reset");
	go_ticker_free(t);
	printf("no interval\n");
}

int
main(void)
{
	after();
	timeout();
	ticker();
	no_interval();
	return 0;
}
