// procs: 1 2 8
// Goroutines block their workers in host calls. Other goroutines go on with their Ps, and a dump
// shows the blocked ones as they went in.
// workers: a host call blocks its thread

#include <string.h>

#include "check.h"

enum { Blockers = 3 };

static _Atomic uint32_t gate;
static GoWaitGroup inside, outside;

// The thread itself sleeps here; only another thread can wake it.
__attribute__((noinline)) static void
block(void)
{
	go_entersyscall();
	while (gate == 0)
		__builtin_wasm_memory_atomic_wait32((int *)&gate, 0, -1);
	go_exitsyscall();
}

static void
blocker(void *arg)
{
	(void)arg;
	go_waitgroup_done(&inside);
	block();
	go_waitgroup_done(&outside);
}

static int
count(const char *text, const char *what)
{
	int n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

int
main(void)
{
	static char text[16 << 10];
	size_t n = 0;

	go_waitgroup_add(&inside, Blockers);
	go_waitgroup_add(&outside, Blockers);
	for (int i = 0; i < Blockers; i++)
		go(blocker, NULL);
	go_waitgroup_wait(&inside);
	do { // between done(&inside) and the call itself they are runnable or running
		go_gosched();
		n = go_stack(text, sizeof text - 1, true);
		text[n] = '\0';
	} while (count(text, "[syscall]") < Blockers);
	printf("blocked: %d, in block: %d\n", count(text, "[syscall]"),
	       count(text, "\nblock(...)\n"));
	gate = 1;
	__builtin_wasm_memory_atomic_notify((int *)&gate, Blockers);
	go_waitgroup_wait(&outside);
	until(go_num_goroutine() == 1); // done comes a moment before the end
	printf("all back, %d left\n", go_num_goroutine());
	return 0;
}
