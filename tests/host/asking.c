// Goroutines that ask the runtime about itself, all at once and again and again, until they are
// told to end. Each answer has to be right.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { Before = 300, Askers = 2, Lost = 7, Room = 512 };

static GoChan *gate;
static GoWaitGroup wg;
static volatile bool stop;

static void
wait_at(void *arg)
{
	go_chan_recv(arg, NULL);
}

static void
lose(void *arg)
{
	GoChan *never = go_chan_make(0, 0);

	(void)arg;
	for (int i = 0; i < Lost; i++)
		go(wait_at, never);
}

static void
check(bool ok, const char *what)
{
	if (ok)
		return;
	printf("wrong: %s\n", what);
	fflush(stdout);
	exit(1);
}

// How many are leaked; SIZE_MAX: that cannot be told.
static size_t
leaked(void)
{
	GoStackRecord *r = malloc(Room * sizeof *r);
	size_t n;
	bool ok = go_goroutine_leak_profile(r, Room, &n);

	free(r);
	return ok ? n : SIZE_MAX;
}

static void
ask_leaks(void)
{
	check(leaked() <= Lost, "leaks"); // a number that looks like an address hides some
}

static void
ask_goroutines(void)
{
	GoStackRecord *r = malloc(Room * sizeof *r);
	size_t n;

	check(go_goroutine_profile(r, Room, &n) && n > Lost, "goroutines");
	check(go_thread_create_profile(r, Room, &n) && n > 1, "threads");
	free(r);
}

static void
ask_stacks(void)
{
	char *text = malloc(1 << 18);
	size_t n = go_stack(text, (1 << 18) - 1, true);

	text[n] = '\0';
	check(strstr(text, "wait_at(...)") && !strncmp(text, "goroutine ", 10), "stacks");
	free(text);
}

static void
ask_memory(void)
{
	GoMemProfileRecord *r = malloc(Room * sizeof *r);
	GoMemStats *s = go_alloc_noscan(sizeof *s); // a number of them may look like an address
	size_t n;

	check(go_mem_profile(r, Room, &n, true), "heap profile");
	go_read_mem_stats(s);
	check(s->malloc_bytes > 0 && s->sys > s->heap_sys, "memory");
	go_gc();
	free(r);
}

static void
ask_waits(void)
{
	GoBlockProfileRecord *r = malloc(Room * sizeof *r);
	size_t n;

	check(go_block_profile(r, Room, &n) && go_mutex_profile(r, Room, &n), "block and mutex");
	free(r);
}

static void
ask(void *arg)
{
	void (*question)(void) = (void (*)(void))arg;

	while (!stop)
		question();
	go_waitgroup_done(&wg);
}

static void
finish(void)
{
	stop = true;
}
GO_EXPORT(void, finish)

int
main(void)
{
	static void (*const questions[])(void) = {ask_leaks, ask_goroutines, ask_stacks, ask_memory,
	                                          ask_waits};
	enum { Questions = sizeof questions / sizeof *questions };

	gate = go_chan_make(0, 0);
	for (int i = 0; i < Before; i++)
		go(wait_at, gate);
	go_chan_close(gate);
	while (go_num_goroutine() > 1)
		go_gosched();
	go(lose, NULL);
	while (leaked() != Lost) // they are on their way
		go_gosched();
	go_set_block_profile_rate(1);
	go_set_mutex_profile_fraction(1);
	go_waitgroup_add(&wg, Askers * Questions);
	for (int i = 0; i < Askers * Questions; i++)
		go_with_stack(ask, (void *)questions[i % Questions], 64 << 10);
	printf("made\n");
	fflush(stdout);
	go_waitgroup_wait(&wg);
	return 0;
}
