// For the tests of the helpers for Jest: what the first argument says.

#include <stdio.h>
#include <string.h>
#include <worldsema.h>

static GoChan *never, *go_on;

static void
leaked(void *arg)
{
	(void)arg;
	go_chan_recv(never, NULL);
}

static void
passing(void *arg)
{
	(void)arg;
	for (int i = 0; i < 1000; i++)
		go_gosched();
	go_chan_recv(go_on, NULL);
}

static void
stop_here(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
	for (;;)
		go_sleep(GO_SECOND);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	never = go_chan_make(0, 0);
	go_on = go_chan_make(0, 0);
	if (strcmp(what, "leak") == 0) {
		for (int i = 0; i < 3; i++)
			go(leaked, NULL);
		stop_here("leaked");
	}
	if (strcmp(what, "clean") == 0) {
		for (int i = 0; i < 3; i++)
			go(passing, NULL);
		go_chan_close(go_on);
		stop_here("clean");
	}
	if (strcmp(what, "deadlock") == 0)
		leaked(NULL);
	if (strcmp(what, "panic") == 0)
		go_panic("as asked");
	printf("hello\n");
	return argc > 2 ? 3 : 0;
}
