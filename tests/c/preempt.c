// A goroutine that only computes does not keep the processor: loops without calls, recursion, both
// deep below protected calls, with one P. Each kind is running when the next one gets its turn.

#include "check.h"

static bool stop;
static int started;
static GoWaitGroup wg;

static bool
stopped(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

static void
begin(void)
{
	__atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
}

static void
loop(void *unused)
{
	(void)unused;
	begin();
	while (!stopped())
		;
	go_waitgroup_done(&wg);
}

// Results are checked: nothing may be lost when it is interrupted.
static void
loop_with_locals(void *unused)
{
	uint64_t a = 1, b = 1, n = 0, sum = 0;
	double x = 0;

	(void)unused;
	begin();
	for (; !stopped() || n < 1000; n++) {
		uint64_t t = a + b;

		a = b;
		b = t;
		sum += a ^ n;
		x += 0.5;
	}
	check(x == 0.5 * (double)n);
	for (uint64_t i = 0, c = 1, d = 1, t; i < n; i++) {
		t = c + d;
		c = d;
		d = t;
		sum -= c ^ i;
	}
	check(sum == 0);
	go_waitgroup_done(&wg);
}

__attribute__((noinline)) static int
fib(int n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static void
recursion(void *unused)
{
	int (*volatile f)(int) = fib;

	(void)unused;
	begin();
	do
		check(f(20) == 6765);
	while (!stopped());
	go_waitgroup_done(&wg);
}

static void
nested_loops(void *unused)
{
	volatile int cells[64];

	(void)unused;
	begin();
	while (!stopped()) {
		for (int i = 0; i < 64; i++)
			cells[i] = i;
		for (int i = 0; i < 64; i++)
			for (int k = 0; k < 64; k++)
				cells[i] += cells[k] & 0;
		for (int i = 0; i < 64; i++)
			check(cells[i] == i);
	}
	go_waitgroup_done(&wg);
}

static void
loops_and_panics(void *unused)
{
	(void)unused;
	for (volatile int i = 0; i < 100000; i++)
		;
	go_panic("after a loop");
}

static void protected(void *unused)
{
	(void)unused;
	begin();
	while (!stopped())
		check_panic(loops_and_panics, NULL, "after a loop");
	go_waitgroup_done(&wg);
}

static void
backwards_goto(void *unused)
{
	(void)unused;
	begin();
again:
	if (!stopped())
		goto again;
	go_waitgroup_done(&wg);
}

int
main(void)
{
	static const GoFunc kinds[] = {
		loop, loop_with_locals, recursion, nested_loops, protected, backwards_goto,
	};
	int n = sizeof kinds / sizeof *kinds, old = go_max_procs(1);

	go_waitgroup_add(&wg, n);
	for (int i = 0; i < n; i++) {
		go(kinds[i], NULL);
		until(__atomic_load_n(&started, __ATOMIC_SEQ_CST) > i);
	}
	for (int i = 0; i < 3; i++) {
		go_gosched();            // after each of them had its turn we are next
		go_max_procs(i % 2 + 1); // the world stops although they compute
	}
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	go_waitgroup_wait(&wg);
	go_max_procs(old);
	printf("%d kinds\n", started);
	return 0;
}
