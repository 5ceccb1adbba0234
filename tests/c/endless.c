// procs: 1 2
// Code that never ends is preempted, whatever kind of loop it is. The world stops in each kind.

#include "check.h"

enum { Shapes = 7 };

static volatile unsigned sink;
static volatile int zero;
static int started;

// Longer than all time, and no deeper than 100 calls.
__attribute__((noinline)) static unsigned
fib(unsigned n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

__attribute__((noinline)) static void
either(unsigned n)
{
	if (n > 50)
		either(n - 1);
	if (n > 0)
		either(n - 1);
	sink++;
}

static void pong(unsigned n);

__attribute__((noinline)) static void
ping(unsigned n)
{
	if (n == 0)
		return;
	pong(n - 1);
	pong(n - 1);
	sink++; // else newer compilers see that it has no effect
}

__attribute__((noinline)) static void
pong(unsigned n)
{
	for (unsigned i = 0; i < 2; i++)
		ping(n);
}

// Each turn calls what returns at once.
__attribute__((noinline)) static void
leaves(void)
{
	while (fib((unsigned)zero) == 0)
		sink++;
}

__attribute__((noinline)) static void
skips(void)
{
	for (unsigned i = 1;; i += 6) {
		if (sink + i == 7)
			continue;
		ping((unsigned)zero);
		sink += i & 1;
	}
}

__attribute__((noinline)) static void
tiny(void)
{
	for (unsigned i = 1; i != 0; i += 2)
		sink = i;
}

__attribute__((noinline)) static void
leaps(unsigned step)
{
	for (unsigned i = 0; i != 1; i += step)
		sink = i;
}

static void
shape(void *arg)
{
	__atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
	switch ((int)(intptr_t)arg) {
	case 0:
		sink += fib(100);
		break;
	case 1:
		either(100);
		break;
	case 2:
		ping(100);
		break;
	case 3:
		leaves();
		break;
	case 4:
		skips();
		break;
	case 5:
		tiny();
		break;
	case 6:
		leaps((unsigned)zero + 6);
		break;
	}
	printf("%d has ended\n", (int)(intptr_t)arg);
}

int
main(void)
{
	static char text[100000];
	int in_dump = 0;

	for (int i = 0; i < Shapes; i++) {
		go(shape, (void *)(intptr_t)i);
		until(__atomic_load_n(&started, __ATOMIC_SEQ_CST) == i + 1);
		printf("%d was stopped\n", i);
	}
	text[go_stack(text, sizeof text - 1, true)] = '\0';
	for (const char *p = text; (p = strstr(p, "shape(...)")) != NULL; p++)
		in_dump++;
	printf("%d in the dump\n", in_dump);
	return 0;
}
