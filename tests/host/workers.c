// More workers are wanted than there are: while the host's thread, which alone can start them, is busy
// ("busy"), and when memory is full ("full").

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <worldsema.h>

enum { Blocked = 12 };

GO_HOST(void, busy, int)

static GoWaitGroup wg;
static volatile bool begun, asked;

static void
tick(void *arg)
{
	(void)arg;
	for (;;)
		go_sleep(GO_MILLISECOND);
}

static void
block(void *arg)
{
	(void)arg;
	usleep(10 * 1000);
	go_waitgroup_done(&wg);
}

static void
ask(void *arg)
{
	(void)arg;
	asked = true;
	busy(100); // time slices that others are to get
	go_waitgroup_done(&wg);
}

static void
say(void *arg)
{
	(void)arg;
	printf("another goroutine runs\n");
	go_waitgroup_done(&wg);
}

static void
take_all(void)
{
	char *spare = malloc(20000);

	for (size_t size = 16 << 20; size >= 40000; size /= 2)
		for (char *volatile p; (p = malloc(size)) != NULL;)
			;
	free(spare);
}

static void
begin(void)
{
	begun = true;
}
GO_EXPORT(void, begin)

int
main(int argc, char **argv)
{
	bool full = argc > 1 && strcmp(argv[1], "full") == 0;

	if (full)
		take_all();
	else
		go(tick, NULL);
	while (!full && !begun)
		go_sleep(GO_MILLISECOND);
	go_waitgroup_add(&wg, 1 + Blocked);
	go(full ? say : ask, NULL);
	while (!full && !asked)
		go_sleep(GO_MILLISECOND);
	for (int i = 0; i < Blocked; i++)
		go(block, NULL);
	go_waitgroup_wait(&wg);
	printf("main ends\n");
	return 0;
}
