// A timer that was stopped can wake nobody.

#include <worldsema.h>

static void
never(void *unused)
{
	(void)unused;
}

int
main(void)
{
	GoTimer *t = go_timer_start(1000 * GO_SECOND, 0, never, NULL);
	GoTicker *ticker = go_ticker_start(GO_MILLISECOND);

	go_chan_recv(go_ticker_chan(ticker), NULL);
	go_timer_stop(t);
	go_ticker_stop(ticker);
	for (;;)
		go_chan_recv(go_ticker_chan(ticker), NULL);
}
