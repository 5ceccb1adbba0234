// procs: 1 2
// exit: 0
// With a simulated infinite loop the caller does not go on. When the loop of main is cancelled, the
// program ends.

#include <emscripten.h>

#include "check.h"

static int n;

static void
turn(void)
{
	printf("turn %d\n", ++n);
	if (n == 3)
		emscripten_cancel_main_loop();
}

static void
other(void *arg)
{
	GoWaitGroup *done = arg;

	go_defer((GoFunc)go_waitgroup_done, done);
	emscripten_set_main_loop(turn, 0, 1);
	printf("never here\n");
}

int
main(void)
{
	static GoWaitGroup done;

	go_waitgroup_add(&done, 1);
	go(other, &done);
	go_waitgroup_wait(&done);
	n = 0;
	emscripten_set_main_loop(turn, 1000, 1);
	printf("never here\n");
	return 0;
}
