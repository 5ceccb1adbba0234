// What the tests of mode one run: the first argument says what.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <worldsema.h>
#include <worldsema_host.h>

static GoChan *c;
static volatile unsigned sink;

static void
says(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
}

static void
spins(void *arg)
{
	(void)arg;
	says("ready");
	for (;;)
		sink++;
}

// Other goroutines run while one sleeps in libc.

static void
works(void *arg)
{
	for (int i = 0; i < 3; i++) {
		go_sleep(GO_MILLISECOND);
		(*(int *)arg)++;
	}
}

static void
sleeps(void)
{
	int done = 0;

	go(works, &done);
	while (done < 3)
		usleep(1000);
	says("the other one worked");
}

// Callbacks from libc wait. The comparison of the first waits for the end of the second, which
// waits for a value of the first.

static int
compares(const void *a, const void *b)
{
	int v = 0;

	if (c)
		go_chan_recv(c, &v);
	return *(const int *)a - *(const int *)b;
}

static void
sorts(void *arg)
{
	int v[] = {2, 1};

	qsort(v, 2, sizeof *v, compares);
	printf("%d %d\n", v[0], v[1]);
	if (arg)
		go_chan_send(arg, v);
}

static void
feeds(void *arg)
{
	int v = 1;

	(void)arg;
	go_chan_send(c, &v);
}

static void
waits_in_callback(void)
{
	GoChan *end = go_chan_make(sizeof(int), 0);
	int v;

	c = go_chan_make(sizeof(int), 0);
	go(sorts, end);
	go(feeds, NULL);
	go_chan_recv(end, &v);
}

static GoChan *first, *second;

static int
waits_for(const void *a, const void *b)
{
	GoChan *mine = *(const int *)a < 2 ? first : second;
	int v;

	go_chan_recv(mine, &v);
	return *(const int *)a - *(const int *)b;
}

static void
sorts_first(void *arg)
{
	int v[] = {0, 1};

	(void)arg;
	qsort(v, 2, sizeof *v, waits_for);
	go_chan_send(second, v); // the second waits for this
}

static void
sorts_second(void *arg)
{
	int v[] = {2, 3};

	(void)arg;
	go_chan_send(first, v); // from now on the first could go on
	qsort(v, 2, sizeof *v, waits_for);
}

static void
below_another(void)
{
	first = go_chan_make(sizeof(int), 1);
	second = go_chan_make(sizeof(int), 0);
	go(sorts_first, NULL);
	go_gosched();
	go(sorts_second, NULL);
	go_chan_recv(go_chan_make(0, 0), NULL);
}

// Only the event loop brings the answer of a host function.

static int
asks(const void *a, const void *b)
{
	GoValue answer;

	(void)a;
	(void)b;
	go_host_call("answer", NULL, 0, GO_FOREVER, &answer);
	return 0;
}

static void
asks_in_callback(void)
{
	int v[] = {2, 1};

	qsort(v, 2, sizeof *v, asks);
}

static void
reads(void)
{
	char line[100];
	int n = 0;

	while (fgets(line, sizeof line, stdin))
		n++;
	printf("%d lines\n", n);
}

static int cpus;
static volatile bool woken;

static void
wakes(void *unused)
{
	(void)unused;
	go_sleep(1);
	woken = true;
}

// clang-format off
GO_NOPOLL(a_millisecond) void a_millisecond(void)
{
	for (int64_t until = go_nanotime() + 1000000; go_nanotime() < until;)
		sink++;
}

GO_FOREIGN(one_foreign) void one_foreign(unsigned turns)
{
	for (unsigned i = 0; i < turns; i++)
		sink += i;
}
// clang-format on

// Its polls are a millisecond apart.
static void
seldom(void)
{
	go(wakes, NULL);
	for (int n = 0; n < 400 && !woken; n++)
		a_millisecond();
	says(woken ? "woken" : "not woken");
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	cpus = go_max_procs(8);
	if (strcmp(what, "procs") == 0)
		printf("%d %d\n", cpus, go_max_procs(0));
	else if (strcmp(what, "spins") == 0)
		spins(NULL);
	else if (strcmp(what, "foreign") == 0)
		for (says("ready");;)
			one_foreign(1000000);
	else if (strcmp(what, "seldom") == 0)
		seldom();
	else if (strcmp(what, "sleeps") == 0)
		sleeps();
	else if (strcmp(what, "callback") == 0)
		waits_in_callback();
	else if (strcmp(what, "below") == 0)
		below_another();
	else if (strcmp(what, "asks") == 0)
		asks_in_callback();
	else if (strcmp(what, "reads") == 0)
		reads();
	else if (strcmp(what, "deadlock") == 0)
		go_chan_recv(go_chan_make(0, 0), NULL);
	return 0;
}
