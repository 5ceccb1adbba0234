// procs: 1 2 8
// Between setjmp and longjmp a goroutine waits, panics, is preempted, and leaves go_protect.

#include "check.h"
#include <setjmp.h>

enum { N = 20 };

typedef struct Try Try;
struct Try {
	jmp_buf env;
	GoChan *c;
	int got;
};

static GoWaitGroup wg;

static void
receives(Try *t, int jump)
{
	int v;

	go_chan_recv(t->c, &v);
	t->got += v;
	if (jump > 0)
		longjmp(t->env, jump);
	t->got += 1000;
}

static int
tries(Try *t, int jump)
{
	int r = setjmp(t->env);

	if (r == 0)
		receives(t, jump);
	return r;
}

static void
panics(void *text)
{
	go_panic(text);
}

static void
boom(void *arg)
{
	Try *t = arg;

	receives(t, 0);
	go_panic("boom");
}

// What a longjmp leaves: a level of go_protect, whose deferred calls run first.

static void
count(void *arg)
{
	go_gosched();
	++*(int *)arg;
}

typedef struct Leave Leave;
struct Leave {
	jmp_buf env;
	int calls;
};

static void
leaves(void *arg)
{
	Leave *l = arg;

	go_defer(count, &l->calls);
	go_gosched();
	longjmp(l->env, 3);
}

static void
nests(void *arg)
{
	Leave *l = arg;

	go_defer(count, &l->calls);
	go_protect(leaves, l);
}

static int
left(Leave *l, GoFunc fn)
{
	int r = setjmp(l->env);

	if (r == 0)
		go_protect(fn, l);
	return r;
}

// A panic passes through, and is none of its own.

static void
passes(void *text)
{
	jmp_buf env;

	if (setjmp(env) == 0)
		panics(text);
	check(false);
}

// Once for each way to get there: longjmp makes 1 of 0, and a loop sets the same jmp_buf again.

__attribute__((noinline)) static void
zero(jmp_buf env)
{
	go_gosched();
	longjmp(env, 0);
}

static int
loops(void)
{
	jmp_buf env;
	volatile int n = 0;

	for (volatile int i = 0; i < 100; i++) {
		if (setjmp(env) == 0)
			zero(env);
		n++;
	}
	return setjmp(env) == 0 ? (zero(env), 0) : n;
}

static void
run(void *arg)
{
	Leave l = {.calls = 0};
	Try t = {.c = arg};

	check(tries(&t, 0) == 0 && t.got == 1001);
	check(tries(&t, 5) == 5 && t.got == 1002);
	check_panic(boom, &t, "boom");
	check(tries(&t, 7) == 7 && t.got == 2004);
	check(left(&l, leaves) == 3 && l.calls == 1);
	check(left(&l, nests) == 3 && l.calls == 3);
	check_panic(panics, "after", "after");
	check(loops() == 100);
	check_panic(passes, "through", "through");
	go_waitgroup_done(&wg);
}

int
main(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);

	go_waitgroup_add(&wg, N);
	for (int i = 0; i < N; i++)
		go_with_stack(run, c, 32 << 10);
	for (int i = 0; i < 4 * N; i++)
		go_chan_send(c, &(int){1});
	go_waitgroup_wait(&wg);
	printf("ok\n");
	return 0;
}
