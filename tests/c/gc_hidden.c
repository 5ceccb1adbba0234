// Goroutine code calls JavaScript, which calls back. Nobody has kept the blocks that the
// goroutine's frames below the JavaScript hold. So a collection is put off while the callback
// waits, and comes when it has returned.
// procs: 1 2 8

#include "check.h"
#include <emscripten.h>

static GoChan *gate;
static volatile bool inside;

EM_JS(void, call_back, (int n), { _called(n); });

EMSCRIPTEN_KEEPALIVE void
called(int n)
{
	inside = true;
	go_chan_recv(gate, NULL);
}

static void
holds(void *arg)
{
	int *p = go_alloc(sizeof *p);

	*p = 5;
	call_back(1);
	check(*p == 5);
	go_waitgroup_done(arg);
}

static volatile bool collected;

static void
collects(void *arg)
{
	go_gc();
	collected = true;
	go_waitgroup_done(arg);
}

static uint32_t
collections(void)
{
	GoMemStats stats;

	go_read_mem_stats(&stats);
	return stats.num_gc;
}

int
main(void)
{
	GoWaitGroup wg = {0};
	uint32_t before;

	gate = go_chan_make(0, 0);
	go_waitgroup_add(&wg, 2);
	go(holds, &wg);
	until(inside);
	before = collections();
	go(collects, &wg);
	for (int i = 0; i < 1000; i++) {
		memset(go_alloc(sizeof(int)), 0xee, sizeof(int));
		go_gosched();
	}
	check(!collected && collections() == before);
	go_chan_send(gate, NULL);
	go_waitgroup_wait(&wg);
	check(collected && collections() > before);
	printf("ok\n");
	return 0;
}
