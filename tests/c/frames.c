// procs: 1 2 8
// Frames that wait in memory go on one at a time: with results of all types, at any depth, in
// callbacks, in host calls, after panics, after a longjmp. Meanwhile dumps show the whole stacks.

#include "check.h"
#include <setjmp.h>

static GoWaitGroup wg;

static void
maybe(uint32_t bits)
{
	if (bits & 1)
		go_gosched();
}

// Each calls the next type, waits before it or behind it as the bits say, and returns what the call
// returned.

typedef struct Sums Sums;
struct Sums {
	bool waits;
	uint32_t seed;
};

static double as_double(Sums *s, int depth);

static uint32_t
bits(Sums *s)
{
	s->seed = s->seed * 1664525 + 1013904223;
	return s->waits ? s->seed >> 16 : 0;
}

__attribute__((noinline)) static int
as_int(Sums *s, int depth)
{
	uint32_t b = bits(s);
	int here = depth * 3, below;

	maybe(b);
	below = depth > 0 ? (int)as_double(s, depth - 1) : 1;
	maybe(b >> 1);
	return here + below;
}

__attribute__((noinline)) static int64_t
as_long(Sums *s, int depth)
{
	uint32_t b = bits(s);
	int64_t here = ((int64_t)depth << 34) + depth, below;

	maybe(b);
	below = depth > 0 ? as_int(s, depth - 1) : 2;
	maybe(b >> 1);
	return (here + below) & 0xffffff;
}

__attribute__((noinline)) static float
as_float(Sums *s, int depth)
{
	uint32_t b = bits(s);
	float here = (float)depth / 2, below;

	maybe(b);
	below = depth > 0 ? (float)as_long(s, depth - 1) : 3;
	maybe(b >> 1);
	return here + below;
}

__attribute__((noinline)) static double
as_double(Sums *s, int depth)
{
	uint32_t b = bits(s);
	double here = depth / 4.0, below;

	maybe(b);
	below = depth > 0 ? as_float(s, depth - 1) : 4;
	maybe(b >> 1);
	return here + below;
}

static void
values(void *arg)
{
	for (uint32_t n = 0; n < 20; n++) {
		Sums still = {false, n}, waits = {true, n * 77 + (uint32_t)(uintptr_t)arg};
		int depth = (int)(n * n);

		check(as_double(&still, depth) == as_double(&waits, depth));
	}
	go_waitgroup_done(&wg);
}

// A stack has as many frames behind a wait as before, wherever they are.

static int
own_frames(void)
{
	uintptr_t pcs[64];

	return (int)go_callers(0, pcs, 64);
}

__attribute__((noinline)) static int
counts(int depth)
{
	int before = own_frames(), below;

	go_gosched();
	check(own_frames() == before);
	below = depth > 0 ? counts(depth - 1) : before;
	check(own_frames() == before);
	go_gosched();
	check(own_frames() == before);
	return below;
}

// Foreign code that calls back, and is called by what it calls.

typedef int (*Fn)(int);
int fr_twice(Fn f, int x);

GO_FOREIGN(fr_twice) int fr_twice(Fn f, int x)
{
	return f(x) + f(x + 1);
}

static int
back(int x)
{
	int got = x;

	go_gosched();
	if (x > 3)
		got += fr_twice(back, x / 2 - 1);
	go_gosched();
	return got + 1;
}

// The same without a wait.
static int
plain(int x)
{
	return x + (x > 3 ? plain(x / 2 - 1) + plain(x / 2) : 0) + 1;
}

__attribute__((noinline)) static int
below(int depth, int x)
{
	int got;

	go_gosched();
	got = depth > 0 ? below(depth - 1, x) + 1 : fr_twice(back, x);
	go_gosched();
	return got;
}

static void
callbacks(void *arg)
{
	(void)arg;
	for (int depth = 0; depth < 40; depth += 13)
		check(below(depth, 30) == depth + plain(30) + plain(31));
	go_waitgroup_done(&wg);
}

// A longjmp out of a callback that has waited.

static jmp_buf *env;

__attribute__((noinline)) static int
twice(Fn f, int x)
{
	return f(x) + f(x + 1);
}

static int
jumps(int x)
{
	jmp_buf *to = env;

	for (int i = 0; i < x; i++)
		go_gosched();
	longjmp(*to, x + 1);
}

__attribute__((noinline)) static int
catches(int depth, int x)
{
	jmp_buf here;
	int r, got = 0;

	go_gosched();
	if (depth > 0) {
		got = catches(depth - 1, x) + 1;
	} else {
		r = setjmp(here);
		if (r == 0) {
			env = &here;
			twice(jumps, x);
		}
		got = r;
	}
	go_gosched();
	return got;
}

// A panic cuts frames of which some run and some wait.

__attribute__((noinline)) static void
falls(int depth)
{
	go_gosched();
	if (depth == 0)
		go_panic("bottom");
	falls(depth - 1);
	go_gosched();
}

static void
fall(void *arg)
{
	falls(*(int *)arg);
}

__attribute__((noinline)) static int
catcher(int depth, int falling)
{
	int got = depth;

	go_gosched();
	if (depth > 0)
		got += catcher(depth - 1, falling);
	else
		check_panic(fall, &falling, "bottom");
	go_gosched();
	return got;
}

// What a frame holds that returns within a host call is seen until the call ends.

static volatile int collections;

__attribute__((noinline)) static int *
entered(int n)
{
	int *p = go_alloc_noscan(sizeof *p);

	*p = n;
	go_entersyscall();
	return p;
}

static void
holds(void *arg)
{
	int seen = collections, *p = entered((int)(uintptr_t)arg);

	while (collections < seen + 2)
		;
	go_exitsyscall();
	check(*p == (int)(uintptr_t)arg);
	go_waitgroup_done(&wg);
}

static void
host_calls(void)
{
	go_waitgroup_add(&wg, 3);
	for (int i = 0; i < 3; i++)
		go(holds, (void *)(uintptr_t)(1000 + i));
	for (int i = 0; i < 20; i++) {
		go_gosched();
		go_gc();
		collections++;
	}
	collections += 100;
	go_waitgroup_wait(&wg);
}

int
main(void)
{
	go_waitgroup_add(&wg, 8);
	for (int i = 0; i < 4; i++) {
		go_with_stack(values, (void *)(uintptr_t)i, 1 << 16);
		go_with_stack(callbacks, NULL, 1 << 16);
	}
	go_waitgroup_wait(&wg);
	check(counts(20) == own_frames() + 21);
	for (int depth = 0; depth < 40; depth += 13) {
		check(catches(depth, 3) == depth + 4);
		check(catcher(depth, depth) == depth * (depth + 1) / 2);
	}
	check(counts(0) == own_frames() + 1);
	host_calls();
	printf("all frames went on\n");
	return 0;
}
