// Blocks that are kept for a call of foreign code are kept until it ends, however it ends.
// procs: 1 2 8

#include "check.h"
#include <setjmp.h>

enum { Depth = 20 };

typedef struct Block Block;
struct Block {
	Block *next;
	char bytes[1000];
};

typedef void (*Fn)(void *env);

void gk_call(Fn fn, Block *b, void *env);

GO_FOREIGN(gk_call) void gk_call(Fn fn, Block *b, void *env)
{
	for (; b; b = b->next)
		fn(env);
}

static void
returns(void *env)
{
}

static void
leaps(jmp_buf env)
{
	go_gosched();
	longjmp(env, 1);
}

static void
jumps(void *arg)
{
	jmp_buf env;

	if (setjmp(env) == 0)
		leaps(env);
}

__attribute__((noinline)) static void
deeper(int depth)
{
	Block *b = go_alloc(sizeof *b);

	if (depth > 0)
		deeper(depth - 1);
	else
		gk_call(jumps, b, NULL);
	check(!b->next);
}

static void
panics(void *arg)
{
	gk_call(returns, go_alloc(sizeof(Block)), NULL);
	go_panic("boom");
}

static void
many_calls(void *arg)
{
	Block *b = go_alloc(sizeof *b);
	int n = many(100000, 1000000);

	for (int i = 0; i < n; i++)
		gk_call(returns, b, NULL);
	for (int i = 0; i < n / 20; i++)
		deeper(Depth);
	for (int i = 0; i < n / 20; i++)
		check_panic(panics, NULL, "boom");
	go_waitgroup_done(arg);
}

int
main(void)
{
	GoMemStats stats;
	GoWaitGroup wg = {0};

	go_waitgroup_add(&wg, 2);
	for (int i = 0; i < 2; i++)
		go_with_stack(many_calls, &wg, 64 << 10);
	go_waitgroup_wait(&wg);
	go_gc();
	go_read_mem_stats(&stats);
	check(stats.collected_bytes < 1 << 20);
	printf("ok\n");
	return 0;
}
