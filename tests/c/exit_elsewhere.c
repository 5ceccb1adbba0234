// exit: 7
// Any goroutine may call exit, and only the first call counts. atexit's functions run, output is
// whole.

#include "check.h"

static GoChan *never;

static void
bye(void)
{
	printf("at exit\n");
}

static void
computes(void *unused)
{
	(void)unused;
	for (;;)
		;
}

static void
exits(void *unused)
{
	(void)unused;
	printf("no end of line");
	exit(7);
}

int
main(void)
{
	never = go_chan_make(0, 0);
	atexit(bye);
	go(computes, NULL);
	go(exits, NULL);
	go_chan_recv(never, NULL);
	return 0;
}
