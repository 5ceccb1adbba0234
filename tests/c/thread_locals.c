// What a thread knows belongs to the goroutine: its thread-locals keep their addresses and values
// on whatever worker it goes on, and so does errno.
// env: GODEBUG=preemptstress=3

#include "check.h"
#include <errno.h>
#include <pthread.h>

enum { People = 24, Turns = 200 };

static int shared;

_Thread_local int number = 7;
static _Thread_local int zero;
static _Thread_local int *pointer = &shared;
static _Thread_local struct {
	_Alignas(32) char text[40];
} aligned = {"hello"};

static GoWaitGroup wg;
static volatile unsigned sink;

// The compiler may keep such an address as long as it likes.
__attribute__((noinline)) static int *
address(void)
{
	return &zero;
}

static void
fresh(void)
{
	check(number == 7 && zero == 0 && pointer == &shared);
	check(strcmp(aligned.text, "hello") == 0);
	check((uintptr_t)&aligned % 32 == 0);
}

static void
person(int me)
{
	int *mine = address();

	fresh();
	for (int i = 0; i < Turns; i++) {
		char *end;

		number = zero = me + i;
		pointer = mine;
		snprintf(aligned.text, sizeof aligned.text, "%d", me);
		errno = 0;
		check(strtol("99999999999999", &end, 10) == 2147483647);
		for (unsigned k = 0; k < 20; k++)
			sink += k;
		if (i % 8 == 0)
			go_gosched();
		check(errno == ERANGE);
		check(address() == mine && *mine == me + i && pointer == mine);
		check(number == me + i && atoi(aligned.text) == me);
	}
}

static void
as_goroutine(void *arg)
{
	person((int)(intptr_t)arg);
	go_waitgroup_done(&wg);
}

static void *
as_thread(void *arg)
{
	person((int)(intptr_t)arg);
	return NULL;
}

static void
panics(void *arg)
{
	(void)arg;
	zero = 3;
	go_panic("caught");
}

int
main(void)
{
	pthread_t threads[People];

	fresh();
	zero = 1;
	go_waitgroup_add(&wg, People);
	for (intptr_t i = 0; i < People; i++) {
		go(as_goroutine, (void *)(i * 1000));
		check(pthread_create(&threads[i], NULL, as_thread, (void *)(i * 1000)) == 0);
	}
	for (int i = 0; i < People; i++)
		pthread_join(threads[i], NULL);
	go_waitgroup_wait(&wg);
	check(zero == 1 && number == 7);
	check_panic(panics, NULL, "caught");
	check(zero == 3);
	puts("each has its own");
	return 0;
}
