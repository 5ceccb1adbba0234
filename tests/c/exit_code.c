// exit: 3
// The value that main returns is the exit status, whatever other goroutines are doing.

#include "check.h"

static void
wait(void *c)
{
	go_chan_recv(c, NULL);
}

static void
compute(void *unused)
{
	(void)unused;
	for (;;)
		;
}

static void
sleep(void *unused)
{
	(void)unused;
	go_sleep(INT64_MAX);
}

static void
say(void *text)
{
	printf("%s\n", (char *)text);
}

int
main(void)
{
	go(wait, NULL);
	go(wait, go_chan_make(0, 0));
	go(compute, NULL);
	go(sleep, NULL);
	go_defer(say, "deferred by main");
	for (int i = 0; i < 10; i++)
		go_gosched();
	printf("main returns\n");
	return 3;
}
