// Timers: fire once, not too early, in a goroutine of their own; stop and reset tell whether it
// was pending; periodic ones go on until they are stopped.

#include "check.h"

typedef struct Shot Shot;
struct Shot {
	GoChan *c;
	int64_t due;
	int n;
};

static void
fire(void *arg)
{
	Shot *s = arg;
	int64_t now = go_nanotime();

	check(now >= s->due);
	check(go_id() != 1);
	check(go_num_goroutine() > 1);
	__atomic_add_fetch(&s->n, 1, __ATOMIC_SEQ_CST);
	go_chan_send(s->c, &now);
}

static Shot
shot(int64_t ns)
{
	return (Shot){go_chan_make(sizeof(int64_t), 1), go_nanotime() + ns, 0};
}

// A while; what should have happened has, as far as one can tell.
static void
a_while(void)
{
	GoChan *c = go_after(20 * GO_MILLISECOND);

	go_chan_recv(c, NULL);
	go_chan_free(c);
	go_gosched();
}

static void
once(void)
{
	Shot s = shot(2 * GO_MILLISECOND);
	GoTimer *t = go_timer_start(2 * GO_MILLISECOND, 0, fire, &s);

	go_chan_recv(s.c, NULL);
	check(!go_timer_stop(t));
	a_while();
	check(s.n == 1);
	go_timer_free(t);
	s = shot(-1);
	t = go_timer_start(-1, 0, fire, &s); // due already
	go_chan_recv(s.c, NULL);
	go_timer_free(t);
	printf("once\n");
}

static void
stopped(void)
{
	Shot s = shot(0);
	GoTimer *t = go_timer_start(5 * GO_MILLISECOND, 0, fire, &s);
	bool was = go_timer_stop(t);

	// Under a heavy load it may have fired before.
	check(!go_timer_stop(t));
	if (!was)
		go_chan_recv(s.c, NULL);
	a_while();
	check(s.n == (was ? 0 : 1));
	go_timer_free(t);

	t = go_timer_start(GO_SECOND * 1000, 0, fire, &s);
	check(go_timer_stop(t));
	check(!go_timer_stop(t));
	go_timer_free(t);
	t = go_timer_start(GO_SECOND * 1000, 0, fire, &s);
	go_timer_free(t); // pending
	go_timer_free(NULL);
	check(s.n == (was ? 0 : 1));
	printf("stopped\n");
}

static void
reset(void)
{
	Shot s = shot(GO_MILLISECOND);
	GoTimer *t = go_timer_start(GO_SECOND * 1000, 0, fire, &s);

	check(go_timer_reset(t, GO_SECOND * 2000));
	check(go_timer_reset(t, GO_MILLISECOND));
	go_chan_recv(s.c, NULL);
	for (int i = 0; i < 5; i++) {
		s.due = go_nanotime() + GO_MILLISECOND;
		check(!go_timer_reset(t, GO_MILLISECOND)); // not pending: it fired
		go_chan_recv(s.c, NULL);
		check(__atomic_load_n(&s.n, __ATOMIC_SEQ_CST) == i + 2);
	}
	check(!go_timer_reset(t, GO_SECOND * 1000));
	check(go_timer_stop(t));
	check(!go_timer_reset(t, GO_SECOND * 1000)); // stopped: not pending
	check(go_timer_stop(t));
	go_timer_free(t);
	printf("reset\n");
}

static void
periodic(void)
{
	enum { Period = 1000000 };
	Shot s = shot(Period);
	int64_t start = go_nanotime(), at, before = 0;
	GoTimer *t = go_timer_start(Period, Period, fire, &s);
	int n;

	for (int k = 1; k <= 10; k++) {
		check(go_chan_recv(s.c, &at));
		check(at - start >= k * Period);
		(void)before;
		before = at;
	}
	go_timer_stop(t); // pending, but for the moment of firing
	check(!go_timer_stop(t));
	// Those that fired already wait to send; after them comes nothing.
	do {
		n = __atomic_load_n(&s.n, __ATOMIC_SEQ_CST);
		while (go_chan_try_recv(s.c, NULL, NULL))
			;
		a_while();
	} while (go_num_goroutine() > 1 || n != s.n);
	go_timer_free(t);
	printf("periodic\n");
}

static void
thousand(void)
{
	enum { N = 1000 };
	static Shot shots[N];
	static GoTimer *timers[N];
	GoChan *c = go_chan_make(sizeof(int64_t), N);

	for (int i = 0; i < N; i++) {
		int64_t ns = (i * 7919) % 10000 * GO_MICROSECOND;

		shots[i] = (Shot){c, go_nanotime() + ns, 0};
		timers[i] = go_timer_start(ns, 0, fire, &shots[i]);
	}
	for (int i = 0; i < N; i += 2) // half of them later
		go_timer_reset(timers[i], 10 * GO_MILLISECOND);
	for (int i = 0; i < N; i++)
		go_chan_recv(c, NULL);
	for (int i = 0; i < N; i++) // of those that fire twice it may be the second time
		until(__atomic_load_n(&shots[i].n, __ATOMIC_SEQ_CST) > 0);
	a_while();
	for (int i = 0; i < N; i++) {
		// Those reset after they fired fire twice.
		check(shots[i].n == 1 || (i % 2 == 0 && shots[i].n == 2));
		go_timer_free(timers[i]);
	}
	printf("a thousand\n");
}

// The timer goroutine gets its turn also when everybody only computes.
static volatile bool flag;

static void
set_flag(void *unused)
{
	(void)unused;
	flag = true;
}

static void
while_busy(void)
{
	GoTimer *t = go_timer_start(GO_MILLISECOND, 0, set_flag, NULL);
	int old = go_max_procs(1);

	while (!flag)
		;
	go_max_procs(old);
	go_timer_free(t);
	printf("while busy\n");
}

int
main(void)
{
	once();
	stopped();
	reset();
	periodic();
	thousand();
	while_busy();
	return 0;
}
