// The program of gc_roots.c and gc_roots_stress.c, which define Churn and call it.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { Size = 40 };

static GoWaitGroup ready, done;
static GoChan *gate;
static int wrong;

static char *
make(int c)
{
	char *p = go_alloc(Size);

	memset(p, c, Size);
	return p;
}

static void
check(const char *what, const char *p, int c)
{
	for (int i = 0; i < Size; i++)
		if (p[i] != c) {
			printf("%s: gone\n", what);
			wrong++;
			return;
		}
}

static void
churn(void)
{
	for (int i = 0; i < Churn; i++)
		memset(go_alloc(Size), 0xee, Size);
}

// Parked, with the pointer in a local.
static void
parked(void *arg)
{
	char *p = make(1);

	go_waitgroup_done(&ready);
	go_chan_recv(gate, NULL);
	check("local of a parked goroutine", p, 1);
	go_waitgroup_done(&done);
}

// In an array on the C stack.
static void
arrays(void *arg)
{
	char *volatile all[20];

	for (int i = 0; i < 20; i++)
		all[i] = make(i);
	go_waitgroup_done(&ready);
	go_chan_recv(gate, NULL);
	for (int i = 0; i < 20; i++)
		check("C stack", all[i], i);
	go_waitgroup_done(&done);
}

// In every frame of a recursion.
static void
recurse(int depth)
{
	char *p = make(depth);

	if (depth > 0)
		recurse(depth - 1);
	else {
		go_waitgroup_done(&ready);
		go_chan_recv(gate, NULL);
	}
	check("frame of a recursion", p, depth);
}

static void
deep(void *arg)
{
	recurse(30);
	go_waitgroup_done(&done);
}

// Runs all the time.
static void
runs(void *arg)
{
	char *p = make(7), *middle = make(8) + 20;

	go_waitgroup_done(&ready);
	while (!go_chan_try_recv(gate, NULL, NULL)) {
		check("local of a running goroutine", p, 7);
		check("pointer into a block", middle - 20, 8);
		churn();
	}
	go_waitgroup_done(&done);
}

static void
receives(void *arg)
{
	GoChan *c = arg;
	char *p;

	go_chan_recv(gate, NULL);
	for (int i = 0; i < 10; i++) {
		go_chan_recv(c, &p);
		check("buffer of a channel", p, 50 + i);
	}
	go_waitgroup_done(&done);
}

static void
sends(void *arg)
{
	char *p = make(9);

	go_waitgroup_done(&ready);
	go_chan_send(arg, &p);
	go_waitgroup_done(&done);
}

static void
selects(void *arg)
{
	char *p = make(10);
	GoCase cases[2] = {{arg, GO_SEND, &p, false}, {NULL, GO_RECV, NULL, false}};

	p = NULL;
	p = make(11);
	go_waitgroup_done(&ready);
	go_select(cases, 2, true);
	go_waitgroup_done(&done);
}

static void
fires(void *arg)
{
	check("argument of a timer", arg, 12);
	go_waitgroup_done(&done);
}

static void
not_started(void *arg)
{
	check("argument of a goroutine", arg, 13);
	go_waitgroup_done(&done);
}

static void
deferred(void *arg)
{
	check("argument of a deferred call", arg, 14);
	go_waitgroup_done(&done);
}

static void
defers(void *arg)
{
	go_defer(deferred, make(14));
	go_waitgroup_done(&ready);
	go_chan_recv(gate, NULL);
}

static volatile bool released;

// Blocks its worker, as far as the scheduler knows.
static void
in_host_call(void *arg)
{
	char *p = make(15);

	go_waitgroup_done(&ready);
	go_entersyscall();
	while (!released) {
	}
	go_exitsyscall();
	check("local over a host call", p, 15);
	go_waitgroup_done(&done);
}

static char *global, **inmalloc, ***chain;

static void
start(void (*fn)(void *), void *arg)
{
	go_waitgroup_add(&done, 1);
	go_with_stack(fn, arg, 16384);
}

static void
start_ready(void (*fn)(void *), void *arg)
{
	go_waitgroup_add(&ready, 1);
	start(fn, arg);
}

static int
gc_roots(void)
{
	GoChan *buffered = go_chan_make(sizeof(char *), 10), *c = go_chan_make(sizeof(char *), 0),
	       *d = go_chan_make(sizeof(char *), 0);
	char *p;

	gate = go_chan_make(0, 0);
	global = make(2);
	inmalloc = malloc(100 * sizeof *inmalloc);
	inmalloc[99] = make(3);
	chain = go_alloc(sizeof *chain);
	*chain = malloc(sizeof **chain); // the collector does not ask who points to malloc's
	**chain = make(4);
	for (int i = 0; i < 10; i++) {
		p = make(50 + i);
		go_chan_send(buffered, &p);
	}
	p = NULL;
	for (int i = 0; i < 3; i++) {
		start_ready(parked, NULL);
		start_ready(arrays, NULL);
		start_ready(deep, NULL);
		start_ready(runs, NULL);
		start_ready(defers, NULL);
	}
	start_ready(in_host_call, NULL);
	start(receives, buffered);
	start_ready(sends, c);
	start_ready(selects, d);
	go_waitgroup_add(&done, 1);
	go_timer_start(50 * GO_MILLISECOND, 0, fires, make(12));
	go_waitgroup_wait(&ready);
	start(not_started, make(13));
	for (int i = 0; i < 10; i++) {
		go_gc();
		churn();
	}
	check("global", global, 2);
	check("block of malloc", inmalloc[99], 3);
	check("block of malloc that a block points to", **chain, 4);
	go_chan_recv(c, &p);
	check("sender that waits", p, 9);
	go_chan_recv(d, &p);
	check("arm of a select", p, 11);
	released = true;
	go_chan_close(gate);
	go_waitgroup_wait(&done);
	printf("%d wrong\n", wrong);
	return 0;
}
