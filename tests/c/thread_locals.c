// What a thread knows belongs to the goroutine: its thread-locals keep their addresses and values
// on whatever worker it goes on, and so does errno.
// env: GODEBUG=preemptstress=3

#include "check.h"
#include <errno.h>
#include <locale.h>
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

// The locale and the text of strtok are a thread's.
static void
library(int me)
{
	char text[200] = "", want[12], *word;
	locale_t mine = newlocale(LC_ALL_MASK, me % 2 ? "C.UTF-8" : "C", NULL), before;
	int words = 0;

	for (int i = 0; i < 20; i++)
		sprintf(text + strlen(text), "%s%d", i % 2 ? "; " : ", ", me + i);
	before = uselocale(mine);
	check(before == LC_GLOBAL_LOCALE);
	for (word = strtok(text, ",; "); word; word = strtok(NULL, ",; ")) {
		sprintf(want, "%d", me + words++);
		check(strcmp(word, want) == 0);
		for (unsigned k = 0; k < 20; k++)
			sink += k;
		if (words % 4 == 0)
			go_gosched();
		check(uselocale(NULL) == mine);
	}
	check(words == 20);
	check(uselocale(before) == mine);
	freelocale(mine);
}

// A text may be begun here and cut there.
static void
cuts_on(void *done)
{
	char *word = strtok(NULL, " ");

	check(word && strcmp(word, "two") == 0);
	go_chan_send(done, NULL);
}

static void
handed_over(void)
{
	static char text[] = "one two three";
	GoChan *done = go_chan_make(0, 0);

	check(strcmp(strtok(text, " "), "one") == 0);
	go(cuts_on, done);
	go_chan_recv(done, NULL);
	go_chan_free(done);
}

static void
as_goroutine(void *arg)
{
	person((int)(intptr_t)arg);
	library((int)(intptr_t)arg);
	go_waitgroup_done(&wg);
}

static void *
as_thread(void *arg)
{
	person((int)(intptr_t)arg);
	library((int)(intptr_t)arg);
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
	handed_over();
	check_panic(panics, NULL, "caught");
	check(zero == 3);
	puts("each has its own");
	return 0;
}
