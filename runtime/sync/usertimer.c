// Timers of the program: functions that run later, go_after, and tickers.

#include <stdlib.h>
#include <string.h>

#include "../base/throw.h"
#include "../sched/sched.h"
#include "../worldsema.h"
#include "chan.h"
#include "panic.h"
#include "timer.h"

struct GoTimer {
	Timer t;
};

static void *
allocate(size_t n)
{
	return rt_must(malloc(n), "timer: out of memory");
}

void
rt_timerfree(Timer *t)
{
	if (t)
		memset(t, 0, sizeof *t);
	free(t);
}

static void
start_goroutine(Timer *t, int64_t now)
{
	static const GoSite site = {"go_timer_start", "runtime/sync/usertimer.c", __LINE__};

	(void)now;
	rt_newproc(t->fn, t->arg, 0, &site, false);
}

GoTimer *
go_timer_start(int64_t ns, int64_t period, GoFunc fn, void *arg)
{
	GoTimer *timer;

	if (!fn)
		rt_throw("timer: go of nil func value");
	timer = allocate(sizeof *timer);
	timer->t = (Timer){.period = period, .f = start_goroutine, .fn = fn, .arg = arg};
	rt_timerstart(&timer->t, rt_timerwhen(ns));
	return timer;
}

bool
go_timer_stop(GoTimer *timer)
{
	rt_nonil_here(timer);
	return rt_timerstop(&timer->t);
}

bool
go_timer_reset(GoTimer *timer, int64_t ns)
{
	rt_nonil_here(timer);
	return rt_timerstart(&timer->t, rt_timerwhen(ns));
}

void
go_timer_free(GoTimer *timer)
{
	if (!timer)
		return;
	rt_timerstop(&timer->t);
	rt_timerfree(&timer->t);
}

// --- channels with the time ---

static void
send_time(Timer *t, int64_t now)
{
	rt_chanoffer(t->arg, &now);
}

GoChan *
go_after(int64_t ns)
{
	GoChan *c = go_chan_make(sizeof(int64_t), 1);

	c->timer = allocate(sizeof *c->timer);
	*c->timer = (Timer){.f = send_time, .arg = c};
	rt_timerstart(c->timer, rt_timerwhen(ns));
	return c;
}

struct GoTicker {
	Timer t;
	GoChan *chan;
};

static void
check_interval(int64_t ns, const char *text)
{
	if (ns <= 0)
		go_panic(text);
}

GoTicker *
go_ticker_start(int64_t ns)
{
	GoTicker *ticker;

	check_interval(ns, "non-positive interval for NewTicker");
	ticker = allocate(sizeof *ticker);
	ticker->chan = go_chan_make(sizeof(int64_t), 1);
	ticker->t = (Timer){.period = ns, .f = send_time, .arg = ticker->chan};
	rt_timerstart(&ticker->t, rt_timerwhen(ns));
	return ticker;
}

GoChan *
go_ticker_chan(GoTicker *ticker)
{
	rt_nonil_here(ticker);
	return ticker->chan;
}

void
go_ticker_stop(GoTicker *ticker)
{
	rt_nonil_here(ticker);
	rt_timerstop(&ticker->t);
}

void
go_ticker_reset(GoTicker *ticker, int64_t ns)
{
	rt_nonil_here(ticker);
	check_interval(ns, "non-positive interval for Ticker.Reset");
	rt_timerstop(&ticker->t); // the period may not change while it is in use
	ticker->t.period = ns;
	rt_timerstart(&ticker->t, rt_timerwhen(ns));
}

void
go_ticker_free(GoTicker *ticker)
{
	if (!ticker)
		return;
	rt_timerstop(&ticker->t);
	go_chan_free(ticker->chan);
	ticker->chan = NULL;
	rt_timerfree(&ticker->t);
}
