// Work for the CPU profile, and for those of waiting. The first argument says in which code, the
// second how many goroutines. With COLLECTS it uses collected memory, and nothing is sampled in
// place.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { Turns = 250000 }; // a fraction of a millisecond

static volatile uint32_t sink;
static volatile bool never;

static inline uint32_t
step(uint32_t x)
{
	x ^= x << 13;
	x ^= x >> 17;
	return x ^ x << 5;
}

// Three times the work of light, by the same code. Nothing here can wait: sampled in place.
__attribute__((noinline)) static uint32_t
heavy(uint32_t x)
{
	for (int i = 0; i < 3 * Turns; i++)
		x = step(x);
	return x;
}

__attribute__((noinline)) static uint32_t
light(uint32_t x)
{
	for (int i = 0; i < Turns; i++)
		x = step(x);
	return x;
}

// Goroutine code, which is unwound, around a loop without calls.
__attribute__((noinline)) static uint32_t
heavy_waits(uint32_t x)
{
	for (int i = 0; i < 3 * Turns; i++)
		x = step(x);
	if (x == 0)
		go_gosched();
	return x;
}

__attribute__((noinline)) static uint32_t
light_waits(uint32_t x)
{
	for (int i = 0; i < Turns; i++)
		x = step(x);
	if (x == 0)
		go_gosched();
	return x;
}

static void
in_place(void *arg)
{
	(void)arg;
	for (uint32_t x = 1; !never;)
		sink = x = light(heavy(x));
}

static void
unwound(void *arg)
{
	(void)arg;
	for (uint32_t x = 1; !never;)
		sink = x = light_waits(heavy_waits(x));
}

static void
child(void *arg)
{
	(void)arg;
	for (uint32_t x = 1; !never;)
		sink = x = heavy(x);
}

static void
labelled(void *arg)
{
	go_set_label("a label");
	go(child, arg);
}

// Hardly ever polls: it leaves.
static void
yields(void *arg)
{
	(void)arg;
	for (uint32_t x = 1; !never; go_gosched())
		for (int i = 0; i < 20; i++)
			sink = x = step(x);
}

// Each holds the mutex while the others come.
static void
contends(void *arg)
{
	static GoMutex m;

	(void)arg;
	while (!never) {
		go_mutex_lock(&m);
		go_gosched();
		go_mutex_unlock(&m);
	}
}

#ifdef COLLECTS
static void
collects(void *arg)
{
	void **list = NULL;

	(void)arg;
	for (int i = 0; i < 200000; i++) {
		void **p = go_alloc(16);

		*p = list;
		list = p;
	}
	for (; !never; go_keep_alive(list)) {
		go_gc();
		go_gosched();
	}
}
#endif

__attribute__((noinline)) static void
enter(GoProfile *doors, const void *who)
{
	go_profile_add(doors, who, 0);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		GoFunc run;
	} jobs[] = {
		{"in_place", in_place}, {"unwound", unwound},   {"labelled", labelled},
		{"yields", yields},     {"contends", contends},
#ifdef COLLECTS
		{"collects", collects},
#endif
	};
	int n = argc > 2 ? atoi(argv[2]) : 1;
	GoProfile *doors = go_profile_new("doors");

#pragma clang loop unroll(disable)
	for (int i = 0; i < 3; i++)
		enter(doors, &jobs[i]);
	go_profile_add(doors, &n, 0);

	for (size_t i = 0; argc > 1 && i < sizeof jobs / sizeof *jobs; i++)
		for (int k = 0; strcmp(argv[1], jobs[i].name) == 0 && k < n; k++)
			go(jobs[i].run, NULL);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		go_sleep(3600 * GO_SECOND);
}
