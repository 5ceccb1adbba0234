// Semaphores are plain words anywhere: they count, and a release wakes one waiter.

#include "check.h"

static uint32_t sema = 3;
static int32_t inside, most;
static int rounds;
static GoWaitGroup wg;

static void
visitor(void *unused)
{
	(void)unused;
	for (int i = 0; i < rounds; i++) {
		int32_t n;

		go_semacquire(&sema);
		n = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		check(n >= 1 && n <= 3);
		if (n > most)
			most = n;
		if (i % 3 == 0)
			go_gosched();
		__atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
		go_semrelease(&sema);
	}
	go_waitgroup_done(&wg);
}

static void
at_most_three(void)
{
	rounds = many(1000, 20000);
	go_waitgroup_add(&wg, 12);
	for (int i = 0; i < 12; i++)
		go(visitor, NULL);
	go_waitgroup_wait(&wg);
	check(sema == 3 && inside == 0 && most > 0);
	printf("at most three\n");
}

// --- many waiters on many words that share their roots ---

enum { Words = 1000 };

static uint32_t words[Words];
static int32_t got;

static void
take(void *arg)
{
	go_semacquire(&words[(intptr_t)arg]);
	__atomic_add_fetch(&got, 1, __ATOMIC_SEQ_CST);
}

static void
many_words(void)
{
	for (intptr_t i = 0; i < 2 * Words; i++)
		go_with_stack(take, (void *)(i % Words), 1024);
	for (int i = Words - 1; i >= 0; i--)
		go_semrelease(&words[(i * 7) % Words]);
	until(__atomic_load_n(&got, __ATOMIC_SEQ_CST) == Words);
	until(go_num_goroutine() == Words + 1);
	check(got == Words);
	for (int i = 0; i < Words; i++)
		go_semrelease(&words[i]);
	until(go_num_goroutine() == 1);
	check(got == 2 * Words);
	for (int i = 0; i < Words; i++)
		check(words[i] == 0);
	printf("many words\n");
}

// --- as a signal between two ---

static uint32_t ping, pong;

static void
partner(void *unused)
{
	(void)unused;
	for (int i = 0; i < rounds; i++) {
		go_semacquire(&ping);
		go_semrelease(&pong);
	}
}

int
main(void)
{
	at_most_three();
	many_words();
	go(partner, NULL);
	for (int i = 0; i < rounds; i++) {
		go_semrelease(&ping);
		go_semacquire(&pong);
	}
	until(go_num_goroutine() == 1);
	check(ping == 0 && pong == 0);
	printf("signals\n");
	return 0;
}
