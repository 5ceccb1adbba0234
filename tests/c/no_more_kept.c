// Elements that were received and the records of panics are not kept any longer than needed.

#include "check.h"

enum { Elems = 64, Rounds = 2000 };

static GoChan *queue;
static int finalized;

static void
finalize(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&finalized, 1, __ATOMIC_SEQ_CST);
}

static void
fill(void *arg)
{
	(void)arg;
	for (int i = 0; i < Elems; i++) {
		void *p = go_alloc(64);

		go_set_finalizer(p, finalize);
		go_chan_send(queue, &p);
	}
}

static void
drain(void *arg)
{
	void *p;

	(void)arg;
	for (int i = 0; i < Elems; i++)
		go_chan_recv(queue, &p);
}

// On a stack that nobody has afterwards.
static void
away(GoFunc fn)
{
	go_with_stack(fn, NULL, 16 << 10);
	while (go_num_goroutine() > 1)
		go_gosched();
}

static void
received(void)
{
	queue = go_chan_make(sizeof(void *), Elems);
	away(fill);
	away(drain);
	// The collector may take a number for a pointer to one or two of them.
	while (__atomic_load_n(&finalized, __ATOMIC_SEQ_CST) < Elems - 4)
		go_gc();
	go_chan_free(queue);
	printf("received\n");
}

static void
panics(void *text)
{
	go_panic(text);
}

static void
exits(void *arg)
{
	(void)arg;
	go_defer(panics, "in a deferred call");
	go_exit();
}

static void
catches(void *arg)
{
	(void)arg;
	go_protect(exits, NULL);
}

static void
catches_and_ends(void *arg)
{
	(void)arg;
	check_panic(panics, "caught", "caught");
}

static uint64_t
blocks_after(GoFunc fn)
{
	static GoMemStats s;

	for (int i = 0; i < Rounds; i++)
		away(fn);
	go_read_mem_stats(&s);
	return s.malloc_blocks;
}

static void
panicked(void)
{
	uint64_t before = blocks_after(catches);

	check(blocks_after(catches) < before + Rounds / 2); // workers have blocks as well
	before = blocks_after(catches_and_ends);
	check(blocks_after(catches_and_ends) < before + Rounds / 2);
	printf("panicked\n");
}

int
main(void)
{
	received();
	panicked();
	return 0;
}
