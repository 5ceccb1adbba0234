// Goroutines that wait for each other, in the shape that the argument names. Whoever starts them
// ends, so nothing but what a shape says leads to what is waited for. Labels say who is who.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

// What a goroutine has.
typedef struct Has Has;
struct Has {
	const char *label;
	GoChan *in, *out;
	GoMutex *first, *second;
	GoRWMutex *rw;
	GoWaitGroup *group;
	GoCond *cond;
};

static void
start(GoFunc fn, Has has)
{
	Has *own = malloc(sizeof has);

	*own = has;
	go(fn, own);
}

static Has
take(void *arg)
{
	Has has = *(Has *)arg;

	free(arg);
	go_set_label(has.label);
	return has;
}

static GoChan *
chan(void)
{
	return go_chan_make(0, 0);
}

static void
for_long(void)
{
	go_sleep(3600 * GO_SECOND);
}

// --- what they do ---

static void
pass_on(void *arg)
{
	Has has = take(arg);

	go_chan_recv(has.in, NULL);
	go_chan_send(has.out, NULL);
}

static void
sleep_and_send(void *arg)
{
	Has has = take(arg);

	for_long();
	go_chan_send(has.out, NULL);
}

static void
lock_and_tell(void *arg)
{
	Has has = take(arg);

	go_mutex_lock(has.first);
	go_chan_send(has.out, NULL);
	go_mutex_lock(has.second);
}

static void
lock_when_told(void *arg)
{
	Has has = take(arg);

	go_mutex_lock(has.first);
	go_chan_recv(has.in, NULL);
	go_mutex_lock(has.second);
}

static void
lock_late(void *arg)
{
	Has has = take(arg);

	go_chan_recv(has.in, NULL);
	go_mutex_lock(has.first);
}

static void
sleep_and_unlock(void *arg)
{
	Has has = take(arg);

	for_long();
	go_mutex_unlock(has.first);
	go_mutex_unlock(has.second);
}

static void
wait_and_close(void *arg)
{
	Has has = take(arg);

	go_waitgroup_wait(has.group);
	go_chan_close(has.out);
}

static void
work(void *arg)
{
	Has has = take(arg);

	go_chan_recv(has.in, NULL);
	go_waitgroup_done(has.group);
}

static void
work_long(void *arg)
{
	Has has = take(arg);

	for_long();
	go_waitgroup_done(has.group);
}

static void
select_two(void *arg)
{
	Has has = take(arg);
	GoChan *third = (GoChan *)has.first; // what it would send to
	GoCase cases[] = {{.chan = has.in, .dir = GO_RECV}, {.chan = has.out, .dir = GO_RECV}};

	go_select(cases, 2, true);
	go_chan_send(third, NULL);
}

static void
select_many(void *arg)
{
	Has has = take(arg);
	GoCase cases[20] = {{.chan = has.in, .dir = GO_RECV}};

	for (int i = 1; i < 20; i++)
		cases[i] = (GoCase){.chan = chan(), .dir = GO_RECV};
	go_select(cases, 20, true);
	go_chan_send(has.out, NULL);
}

static void
write_and_wait(void *arg)
{
	Has has = take(arg);

	go_rwmutex_lock(has.rw);
	go_chan_send(has.out, NULL);
	go_chan_recv(has.in, NULL);
	go_rwmutex_unlock(has.rw);
}

static void
read_and_send(void *arg)
{
	Has has = take(arg);

	go_chan_recv(has.in, NULL);
	go_rwmutex_rlock(has.rw);
	go_chan_send(has.out, NULL);
}

static void
wait_for_signal(void *arg)
{
	Has has = take(arg);

	go_mutex_lock(has.cond->l);
	go_cond_wait(has.cond);
	go_chan_send(has.out, NULL);
}

static void
signal_when_told(void *arg)
{
	Has has = take(arg);

	go_chan_recv(has.in, NULL);
	go_cond_signal(has.cond);
}

static void
play(void *arg)
{
	Has has = take(arg);

	for (;;) {
		go_chan_recv(has.in, NULL);
		go_chan_send(has.out, NULL);
	}
}

static void
serve(void *arg)
{
	Has has = take(arg);

	for (;;) {
		go_chan_send(has.out, NULL);
		go_chan_recv(has.in, NULL);
	}
}

// --- who is busy ---

static GoMutex mutexes[3], meeting;
static GoRWMutex table;
static GoCond next = {.l = &meeting};
static int turn;

static void
lock_in_order(void *arg)
{
	uint32_t seed = (uint32_t)(intptr_t)arg;

	for (;;) {
		int a = (int)(seed >> 8 & 1), b = a + 1 + (int)(seed >> 9 & 1 & ~(uint32_t)a);

		seed = seed * 1664525 + 1013904223;
		go_mutex_lock(&mutexes[a]);
		go_gosched();
		go_mutex_lock(&mutexes[b]);
		go_gosched();
		go_mutex_unlock(&mutexes[b]);
		go_mutex_unlock(&mutexes[a]);
	}
}

static void
read_table(void *arg)
{
	(void)arg;
	for (;;) {
		go_rwmutex_rlock(&table);
		go_gosched();
		go_rwmutex_runlock(&table);
	}
}

static void
write_table(void *arg)
{
	(void)arg;
	for (;;) {
		go_rwmutex_lock(&table);
		go_gosched();
		go_rwmutex_unlock(&table);
		go_gosched();
	}
}

static void
take_turns(void *arg)
{
	for (;;) {
		go_mutex_lock(&meeting);
		while (turn % 3 != (intptr_t)arg)
			go_cond_wait(&next);
		turn++;
		go_cond_broadcast(&next);
		go_mutex_unlock(&meeting);
	}
}

static void
done(void *arg)
{
	go_gosched();
	go_waitgroup_done(arg);
}

static void
make_groups(void *arg)
{
	(void)arg;
	for (;;) {
		GoWaitGroup group = {0};

		go_waitgroup_add(&group, 3);
		for (int i = 0; i < 3; i++)
			go(done, &group);
		go_waitgroup_wait(&group);
	}
}

static void
switch_over(void *arg)
{
	Has has = take(arg);
	GoCase cases[] = {{.chan = has.in, .dir = GO_RECV}, {.chan = has.out, .dir = GO_SEND}};

	for (;;)
		go_select(cases, 2, true);
}

// --- shapes ---

static void
abba(void *arg)
{
	struct {
		GoMutex a, b;
	} *m = calloc(1, sizeof *m);
	GoChan *c = chan(), *late = chan();

	(void)arg;
	start(lock_when_told, (Has){"ba", .first = &m->b, .second = &m->a, .in = c});
	start(lock_and_tell, (Has){"ab", .first = &m->a, .second = &m->b, .out = c});
	start(lock_late, (Has){"later", .first = &m->a, .in = late});
	start(sleep_and_unlock, (Has){"awake", .first = &m->a, .second = &m->b});
	while (go_mutex_trylock(&m->a)) { // until ab has it
		go_mutex_unlock(&m->a);
		go_gosched();
	}
	go_chan_send(late, NULL);
}

static void
ring(void *arg)
{
	GoChan *c[3] = {chan(), chan(), chan()};
	static const char *const labels[] = {"one", "two", "three"};

	(void)arg;
	for (int i = 0; i < 3; i++)
		start(pass_on, (Has){labels[i], .in = c[i], .out = c[(i + 1) % 3]});
}

static void
supply(void *arg)
{
	GoChan *c = chan(), *d = chan();

	(void)arg;
	start(pass_on, (Has){"consumer", .in = c, .out = d});
	start(sleep_and_send, (Has){"producer", .out = c});
}

static void
pingpong(void *arg)
{
	GoChan *c = chan(), *d = chan();

	(void)arg;
	start(play, (Has){"ping", .in = c, .out = d});
	start(serve, (Has){"pong", .in = d, .out = c});
}

static void
groups(bool awake)
{
	GoWaitGroup *group = calloc(1, sizeof *group);
	GoChan *c = chan();

	go_waitgroup_add(group, 2);
	start(wait_and_close, (Has){"boss", .group = group, .out = c});
	start(work, (Has){"worker", .group = group, .in = c});
	start(awake ? work_long : work, (Has){"other", .group = group, .in = c});
}

static void
group(void *arg)
{
	(void)arg;
	groups(false);
}

static void
group_awake(void *arg)
{
	(void)arg;
	groups(true);
}

static void
selects(bool awake)
{
	GoChan *a = chan(), *b = chan(), *c = chan(), *d = chan();

	start(select_two, (Has){"select", .in = a, .out = b, .first = (GoMutex *)c});
	start(pass_on, (Has){"left", .in = c, .out = a});
	start(awake ? sleep_and_send : pass_on, (Has){"right", .in = d, .out = b});
}

static void
select_dead(void *arg)
{
	(void)arg;
	selects(false);
}

static void
select_awake(void *arg)
{
	(void)arg;
	selects(true);
}

static void
wide(void *arg)
{
	GoChan *a = chan(), *b = chan();

	(void)arg;
	start(select_many, (Has){"select", .in = a, .out = b});
	start(pass_on, (Has){"narrow", .in = b, .out = a});
}

static void
readers(void *arg)
{
	GoRWMutex *rw = calloc(1, sizeof *rw);
	GoChan *c = chan(), *d = chan();

	(void)arg;
	start(write_and_wait, (Has){"writer", .rw = rw, .in = c, .out = d});
	start(read_and_send, (Has){"reader", .rw = rw, .in = d, .out = c});
}

static void
condition(void *arg)
{
	struct {
		GoMutex m;
		GoCond cond;
	} *c = calloc(1, sizeof *c);
	GoChan *d = chan();

	(void)arg;
	c->cond.l = &c->m;
	start(wait_for_signal, (Has){"waiter", .cond = &c->cond, .out = d});
	start(signal_when_told, (Has){"signaller", .cond = &c->cond, .in = d});
}

static void
twice(void *arg)
{
	GoMutex m = {0};

	(void)arg;
	go_set_label("self");
	go_mutex_lock(&m);
	go_mutex_lock(&m);
}

static void
busy(void *arg)
{
	GoChan *c = chan(), *d = chan();

	(void)arg;
	for (intptr_t i = 0; i < 3; i++) {
		go(lock_in_order, (void *)i);
		go(take_turns, (void *)i);
		go(read_table, NULL);
	}
	go(write_table, NULL);
	go(make_groups, NULL);
	start(switch_over, (Has){"switch", .in = c, .out = d});
	start(switch_over, (Has){"switch", .in = d, .out = c});
}

static GoChan *volatile everybodys;

static void
global(void *arg)
{
	(void)arg;
	everybodys = chan();
	start(pass_on, (Has){"one", .in = everybodys});
	start(pass_on, (Has){"two", .in = everybodys});
}

static void
timer(void *arg)
{
	GoChan *c = chan();
	GoCase cases[] = {{.chan = c, .dir = GO_RECV},
	                  {.chan = go_after(3600 * GO_SECOND), .dir = GO_RECV}};

	(void)arg;
	go_set_label("patient");
	go_select(cases, 2, true);
}

static void
nothing(void *arg)
{
	(void)arg;
	go_set_label("nil");
	go_chan_recv(NULL, NULL);
}

static void
nil_arms(void *arg)
{
	GoCase cases[] = {{.dir = GO_RECV}, {.dir = GO_SEND}};

	(void)arg;
	go_set_label("nil");
	go_select(cases, 2, true);
}

static void
wait_in_frame(void *arg)
{
	GoWaitGroup group = {0};

	go_set_label("boss");
	go_waitgroup_add(&group, 1);
	start(work, (Has){"worker", .group = &group, .in = arg});
	go_waitgroup_wait(&group);
	go_chan_close(arg);
}

static void
frame(void *arg)
{
	(void)arg;
	go(wait_in_frame, chan());
}

static void
many(void *arg)
{
	GoChan *c = chan();

	(void)arg;
	for (int i = 0; i < 1200; i++)
		start(pass_on, (Has){"one of many", .in = c});
}

static const struct {
	const char *name;
	GoFunc fn;
} shapes[] = {
	{"abba", abba},
	{"ring", ring},
	{"supply", supply},
	{"pingpong", pingpong},
	{"busy", busy},
	{"group", group},
	{"group awake", group_awake},
	{"nil arms", nil_arms},
	{"select", select_dead},
	{"select awake", select_awake},
	{"wide", wide},
	{"readers", readers},
	{"condition", condition},
	{"twice", twice},
	{"global", global},
	{"timer", timer},
	{"nothing", nothing},
	{"frame", frame},
	{"many", many},
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (int k = 1; k < argc; k++)
			if (strcmp(argv[k], shapes[i].name) == 0)
				go(shapes[i].fn, NULL);
	if (strcmp(argv[argc - 1], "asleep") == 0)
		go_exit();
	for_long();
	return 0;
}
