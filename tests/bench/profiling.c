// What profiles cost while they run: work with one and without, in turns, the best of each. A ratio
// of 1.01 is one hundredth. The first argument is how many turns, the second the CPU profile's
// rate.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

static volatile uint32_t sink;
static volatile bool never;

static inline uint32_t
step(uint32_t x)
{
	x ^= x << 13;
	x ^= x >> 17;
	return x ^ x << 5;
}

// Stopped in place.
__attribute__((noinline)) static void
loop(int n)
{
	uint32_t x = 1;

	for (int i = 0; i < n * 1000; i++)
		x = step(x);
	sink = x;
}

static int
fib(int n)
{
	if (never)
		go_gosched();
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static void
calls(int n)
{
	for (int i = 0; i < n; i++)
		sink = (uint32_t)fib(15);
}

static void
switches(int n)
{
	for (int i = 0; i < n * 100; i++)
		go_gosched();
}

static void
locks(int n)
{
	static GoMutex m;

	for (int i = 0; i < n * 100; i++) {
		go_mutex_lock(&m);
		go_mutex_unlock(&m);
	}
}

static void
bounce(void *arg)
{
	GoChan **c = arg;
	int v;

	while (go_chan_recv(c[0], &v))
		go_chan_send(c[1], &v);
}

static void
waits(int n)
{
	static GoChan *c[2];
	int v = 0;

	if (!c[0]) {
		c[0] = go_chan_make(sizeof v, 0);
		c[1] = go_chan_make(sizeof v, 0);
		go(bounce, c);
	}
	for (int i = 0; i < n * 10; i++) {
		go_chan_send(c[0], &v);
		go_chan_recv(c[1], &v);
	}
}

static int rate;

static void
cpu(bool on)
{
	const uintptr_t *words;

	go_set_cpu_profile_rate(on ? rate : 0);
	while (!on && go_cpu_profile(&words) > 0)
		;
}

static int64_t
once(void (*work)(int), int n)
{
	int64_t began = go_nanotime();

	work(n);
	return go_nanotime() - began;
}

static void
compare(const char *profile, void (*set)(bool), const char *name, void (*work)(int), int turns)
{
	int64_t best[2] = {INT64_MAX, INT64_MAX}, t;
	int n = 1;

	while (once(work, n) < 100 * GO_MILLISECOND)
		n *= 2;
	for (int i = 0; i < 2 * turns; i++) {
		set(i % 2);
		t = once(work, n);
		best[i % 2] = t < best[i % 2] ? t : best[i % 2];
		if (i % 2)
			set(false);
	}
	printf("%s, %s: %.4f\n", profile, name, (double)best[1] / (double)best[0]);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	int turns = argc > 1 ? atoi(argv[1]) : 20;

	rate = argc > 2 ? atoi(argv[2]) : 100;
	compare("cpu", cpu, "loop in place", loop, turns);
	compare("cpu", cpu, "calls", calls, turns);
	compare("cpu", cpu, "switches", switches, turns);
	compare("cpu", cpu, "channels", waits, turns);
	compare("cpu", cpu, "locks", locks, turns);
	return 0;
}
