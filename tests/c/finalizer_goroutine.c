// A finalizer that runs is one of the program's goroutines: it is counted and shown. Its deferred
// calls run when it returns, and one that ends its goroutine does not end the others.

#include "check.h"

enum { Many = 40 };

static GoChan *gate;
static int ran, deferred, exited;

static void
finish(void *p)
{
	__atomic_fetch_add((int *)p, 1, __ATOMIC_SEQ_CST);
}

static void
finalize(void *p)
{
	(void)p;
	go_defer(finish, &deferred);
	finish(&ran);
}

static void
exits(void *p)
{
	(void)p;
	finish(&exited);
	go_exit();
}

static void
waits(void *p)
{
	(void)p;
	go_chan_recv(gate, NULL);
}

static void
make(void *fn)
{
	for (int i = 0; i < Many; i++)
		go_set_finalizer(go_alloc(32), (GoFunc)fn);
}

// On a stack that nobody has afterwards.
static void
away(GoFunc fn)
{
	go_with_stack(make, (void *)fn, 16 << 10);
	while (go_num_goroutine() > 1)
		go_gosched();
}

static int
count(const int *n)
{
	go_gc();
	return __atomic_load_n(n, __ATOMIC_SEQ_CST);
}

int
main(void)
{
	static char text[8000];

	away(finalize);
	while (count(&deferred) < Many - 4) // a number may look like a pointer to one
		;
	check(ran == deferred);
	away(exits);
	while (count(&exited) < Many - 4)
		;
	away(finalize);
	while (count(&deferred) < 2 * Many - 8)
		;
	gate = go_chan_make(0, 0);
	make((void *)waits);
	while (go_num_goroutine() != 2)
		go_gc();
	do
		text[go_stack(text, sizeof text - 1, true)] = '\0';
	while (!strstr(text, "[chan receive]:\nrt_park") &&
	       !strstr(text, "[chan receive]:\nwaits"));
	check(strstr(text, "waits("));
	go_chan_close(gate);
	until(go_num_goroutine() == 1);
	printf("done\n");
	return 0;
}
