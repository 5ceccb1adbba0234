// go_once_do runs its function once: also with many callers, with a slow one, and with a panic.

#include "check.h"

static GoOnce once;
static int ran, finished;
static GoWaitGroup wg;

static void
slow(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&ran, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < 50; i++)
		go_gosched();
	finished = 1;
}

static void
caller(void *unused)
{
	(void)unused;
	go_once_do(&once, slow, NULL);
	check(finished == 1); // whoever came later waited for its end
	go_waitgroup_done(&wg);
}

static void
panics(void *unused)
{
	(void)unused;
	ran++;
	go_panic("in once");
}

static void
do_panic(void *o)
{
	go_once_do(o, panics, NULL);
}

static void
leaves(void *unused)
{
	(void)unused;
	ran++;
	go_exit();
}

static void
do_leave(void *o)
{
	go_once_do(o, leaves, NULL);
}

int
main(void)
{
	GoOnce other = {0}, third = {0};

	go_waitgroup_add(&wg, 30);
	for (int i = 0; i < 30; i++)
		go(caller, NULL);
	go_waitgroup_wait(&wg);
	check(ran == 1);
	printf("ran once\n");

	ran = 0;
	check_panic(do_panic, &other, "in once");
	check_panic(do_panic, &other, NULL);
	check(ran == 1);
	printf("a panic counts\n");

	ran = 0;
	go(do_leave, &third);
	until(go_num_goroutine() == 1);
	check_panic(do_leave, &third, NULL);
	check(ran == 1);
	printf("an exit counts\n");
	return 0;
}
