// Suspended frames that do not fit above the stack lie in blocks of their own, of all small sizes,
// beside each other and beside stacks. None overwrites another.
// procs: 1 2

#include "check.h"

enum { Goroutines = 300, Deepest = 60 };

static GoChan *goon;
static GoWaitGroup parked, done;

// Each frame keeps what it was called with over the wait.
__attribute__((noinline)) static uint32_t
down(uint32_t depth, uint32_t a, uint32_t b)
{
	uint32_t sum = 0;

	if (depth == 0) {
		go_waitgroup_done(&parked);
		go_chan_recv(goon, NULL);
		return a ^ b;
	}
	sum = down(depth - 1, a + depth, b ^ depth);
	return sum + a * depth + b;
}

// The same without waiting.
__attribute__((noinline)) static uint32_t
expected(uint32_t depth, uint32_t a, uint32_t b)
{
	return depth ? expected(depth - 1, a + depth, b ^ depth) + a * depth + b : a ^ b;
}

static void
deep(void *arg)
{
	uint32_t n = (uint32_t)(uintptr_t)arg, depth = n % Deepest;

	check(down(depth, n, ~n) == expected(depth, n, ~n));
	go_waitgroup_done(&done);
}

int
main(void)
{
	goon = go_chan_make(0, 0);
	for (int round = 0; round < 3; round++) {
		go_waitgroup_add(&parked, Goroutines);
		go_waitgroup_add(&done, Goroutines);
		for (uintptr_t i = 0; i < Goroutines; i++)
			go_with_stack(deep, (void *)i, i % 2 ? 4096 : 2048);
		go_waitgroup_wait(&parked);
		for (int i = 0; i < Goroutines; i++)
			go_chan_send(goon, NULL);
		go_waitgroup_wait(&done);
	}
	printf("done\n");
	return 0;
}
