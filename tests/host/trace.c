// What the flight recorder is to tell, exactly: the first argument says which program.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

static GoChan *c, *done, *never;

static void
receiver(void *arg)
{
	int v;

	(void)arg;
	while (go_chan_recv(c, &v))
		;
	go_chan_send(done, NULL);
}

// main sends two values to a goroutine that waits for each.
static void
pair(void)
{
	int v = 1;

	go(receiver, NULL);
	go_gosched();
	go_chan_send(c, &v);
	go_gosched();
	go_chan_close(c);
	go_chan_recv(done, NULL);
}

static void
waiter(void *arg)
{
	(void)arg;
	go_chan_recv(never, NULL);
}

static void
sleeper(void *arg)
{
	for (;;)
		go_sleep(*(int64_t *)arg);
}

static void
thrower(void *arg)
{
	int v;

	go_chan_recv(arg, &v);
	go_panic("the end");
}

static void
dies(void)
{
	int v = 0;

	go(waiter, NULL);
	go(thrower, c);
	go_gosched();
	go_chan_send(c, &v);
	go_chan_recv(never, NULL);
}

static volatile uint32_t spins;

static void
spin(int n)
{
	for (int i = 0; i < n; i++)
		spins++;
}

static void
player(void *arg)
{
	int v;

	(void)arg;
	while (go_chan_recv(c, &v)) {
		v++;
		spin(10000); // or the recordings are long
		go_chan_send(c, &v);
	}
}

// Never ends: wakes, sleeps, collections.
static void
busy(void)
{
	static int64_t ms = GO_MILLISECOND;
	int v = 0;

	for (int i = 0; i < 6; i++)
		go(player, NULL);
	go(sleeper, &ms);
	for (int i = 0; i < 3; i++)
		go_chan_send(c, &v);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		go_sleep(GO_SECOND);
}

static void
computer(void *arg)
{
	(void)arg;
	for (;;) {
		spin(100000);
		go_gosched();
	}
}

static void
ender(void *arg)
{
	(void)arg;
}

// Never ends: each kind of step comes again and again, also that of a goroutine which computes
// while the world is stopped.
static void
steps(void)
{
	go(computer, NULL);
	for (;;) {
		go(ender, NULL);
		go(ender, NULL);
		go_gosched();
		go_sleep(GO_MICROSECOND);
		go_gc();
	}
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	c = go_chan_make(sizeof(int), 0);
	done = go_chan_make(0, 0);
	never = go_chan_make(0, 0);
	if (strcmp(what, "pair") == 0) {
		pair();
	} else if (strcmp(what, "dies") == 0) {
		dies();
	} else if (strcmp(what, "deadlock") == 0) {
		go(waiter, NULL);
		go_chan_recv(never, NULL);
	} else if (strcmp(what, "trap") == 0) {
		go(waiter, NULL);
		go_gosched();
		__builtin_trap();
	} else if (strcmp(what, "gc") == 0) {
		go_alloc(100);
		go_gc();
	} else if (strcmp(what, "blocks") == 0) {
		go_entersyscall();
		spin(1000);
		go_exitsyscall();
	} else if (strcmp(what, "steps") == 0) {
		steps();
	} else {
		busy();
	}
	return 0;
}
