// The world is stopped, resized and looked at while everything else goes on.

#include "check.h"

void rt_safepoint(void); // natively nobody inserts polls

typedef struct Town Town;
struct Town {
	GoChan *c;
	GoMutex m;
	GoWaitGroup done;
	int rounds, count;
	_Atomic bool stop;
};

static void
trade(void *arg)
{
	Town *t = arg;

	for (int i = 0; i < t->rounds; i++) {
		int v = i;
		GoCase cases[2] = {{.chan = t->c, .dir = GO_SEND, .elem = &v},
		                   {.chan = t->c, .dir = GO_RECV, .elem = &v}};

		go_select(cases, 2, true);
		go_mutex_lock(&t->m);
		t->count++;
		go_mutex_unlock(&t->m);
		if (i % 50 == 0)
			go_sleep(10000);
	}
	go_waitgroup_done(&t->done);
}

// So that the last of the traders is not alone.
static void
trade_on(void *arg)
{
	Town *t = arg;
	int v = 0;
	GoCase cases[2] = {{.chan = t->c, .dir = GO_SEND, .elem = &v},
	                   {.chan = t->c, .dir = GO_RECV, .elem = &v}};

	for (;;)
		go_select(cases, 2, true);
}

// Never leaves by itself.
static void
spin(void *arg)
{
	Town *t = arg;

	while (!t->stop)
		rt_safepoint();
	go_waitgroup_done(&t->done);
}

static void
resize(void *arg)
{
	Town *t = arg;
	uint32_t seed = 5;

	for (int i = 0; i < t->rounds / 10; i++) {
		int n = 1 + (int)(next_random(&seed) % 6);

		go_max_procs(n);
		go_gosched();
	}
	go_waitgroup_done(&t->done);
}

static void
look(void *arg)
{
	enum { Room = 64 << 10, Max = 200 };
	Town *t = arg;
	char *buf = malloc(Room);
	GoStackRecord *records = malloc(Max * sizeof *records);

	for (int i = 0; i < t->rounds / 20; i++) {
		size_t n = go_stack(buf, Room, true);

		CHECK(n > 20 && n < Room && memcmp(buf, "goroutine ", 10) == 0);
		CHECK(go_goroutine_profile(records, Max, &n) && n >= 2);
		CHECK(!go_goroutine_profile(records, 1, &n));
		CHECK(go_num_goroutine() >= 2);
		go_gosched();
	}
	free(buf);
	free(records);
	go_waitgroup_done(&t->done);
}

static void
stop_and_go(void)
{
	enum { Traders = 10 };
	static Town t;
	int procs = go_max_procs(0);

	t.c = go_chan_make(sizeof(int), 0);
	t.rounds = scaled(400);
	go_waitgroup_add(&t.done, Traders + 4);
	for (int i = 0; i < Traders; i++)
		go(trade, &t);
	go(trade_on, &t);
	go(resize, &t);
	go(look, &t);
	go(look, &t);
	go(spin, &t);
	go_sleep(20 * GO_MILLISECOND);
	t.stop = true;
	go_waitgroup_wait(&t.done);
	CHECK(t.count == Traders * t.rounds);
	go_max_procs(procs);
}

// Gives its P away and takes one back, all the time.
static void
leaves(void *arg)
{
	Town *t = arg;

	for (int i = 0; i < t->rounds; i++) {
		go_entersyscall();
		go_exitsyscall();
	}
	go_waitgroup_done(&t->done);
}

static void
stops(void *arg)
{
	Town *t = arg;
	GoStackRecord records[20];
	size_t n;

	for (int i = 0; i < t->rounds; i++)
		CHECK(go_goroutine_profile(records, 20, &n));
	go_waitgroup_done(&t->done);
}

// A P that is given up in the very moment when a stop begins is not waited for.
static void
handoffs(void)
{
	enum { Leavers = 4 };
	static Town t;

	t.rounds = scaled(20000);
	go_waitgroup_add(&t.done, Leavers + 2);
	for (int i = 0; i < Leavers; i++)
		go(leaves, &t);
	for (int i = 0; i < 2; i++)
		go_with_stack(stops, &t, 32 << 10);
	go_waitgroup_wait(&t.done);
}

static void
birth(void *arg)
{
	go_waitgroup_done(arg);
}

// Goroutines come and go from many parents while the numbers change.
static void
parent(void *arg)
{
	Town *t = arg;
	GoWaitGroup kids = {0};

	for (int i = 0; i < t->rounds; i++) {
		go_waitgroup_add(&kids, 3);
		for (int k = 0; k < 3; k++)
			go_with_stack(birth, &kids, k == 2 ? 32 << 10 : 0);
		go_waitgroup_wait(&kids);
	}
	go_waitgroup_done(&t->done);
}

static void
generations(void)
{
	static Town t;
	int procs = go_max_procs(0);

	t.rounds = scaled(100);
	go_waitgroup_add(&t.done, 9);
	for (int i = 0; i < 8; i++)
		go(parent, &t);
	go(resize, &t);
	go_waitgroup_wait(&t.done);
	go_max_procs(procs);
	CHECK(go_num_goroutine() >= 1);
}

typedef struct Alarm Alarm;
struct Alarm {
	GoTimer *timer;
	int64_t ns;
	GoWaitGroup *done;
	_Atomic bool stop;
};

static void
ring(void *arg)
{
	Alarm *a = arg;

	if (a->stop)
		go_waitgroup_done(a->done);
	else
		go_timer_reset(a->timer, a->ns);
}

// Timers make goroutines, but not in a stopped world: a profile never has more than it counted.
static void
profile_exactly(void)
{
	enum { Alarms = 20 };
	static Alarm alarms[Alarms];
	GoWaitGroup done = {0};
	GoStackRecord *records;
	size_t n;

	go_waitgroup_add(&done, Alarms);
	for (int i = 0; i < Alarms; i++) {
		alarms[i].ns = 50000 + i * 1000;
		alarms[i].done = &done;
		alarms[i].timer = go_timer_start(GO_SECOND * 3600, 0, ring, &alarms[i]);
		go_timer_reset(alarms[i].timer, 0);
	}
	for (int i = 0; i < scaled(300); i++) {
		size_t max = (size_t)go_num_goroutine() + (size_t)(i % 2);

		records = malloc(max * sizeof *records);
		CHECK(!go_goroutine_profile(records, max, &n) || n <= max);
		free(records);
		if (i % 10 == 0)
			go_sleep(50000);
	}
	for (int i = 0; i < Alarms; i++)
		alarms[i].stop = true;
	go_waitgroup_wait(&done);
	for (int i = 0; i < Alarms; i++)
		go_timer_free(alarms[i].timer);
}

static void
bound(void *arg)
{
	Town *t = arg;

	go_lock_os_thread();
	for (int i = 0; i < t->rounds; i++) {
		go_chan_send(t->c, &i);
		go_chan_recv(t->c, NULL);
	}
	go_unlock_os_thread();
	go_waitgroup_done(&t->done);
}

static void
unbound(void *arg)
{
	Town *t = arg;

	for (int i = 0; i < t->rounds; i++) {
		go_chan_recv(t->c, NULL);
		go_chan_send(t->c, &i);
	}
	go_waitgroup_done(&t->done);
}

static void
bound_to_threads(void)
{
	static Town t[4];

	for (int i = 0; i < 4; i++) {
		t[i].rounds = scaled(50);
		t[i].c = go_chan_make(sizeof(int), 0);
		go_waitgroup_add(&t[i].done, 2);
		go(bound, &t[i]);
		go(unbound, &t[i]);
	}
	for (int i = 0; i < 4; i++) {
		go_waitgroup_wait(&t[i].done);
		go_chan_free(t[i].c);
	}
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {
		TEST(stop_and_go),     TEST(generations),      TEST(handoffs),
		TEST(profile_exactly), TEST(bound_to_threads),
	};

	return RUN_TESTS(tests);
}
