// procs: 1 2
// main can leave the program to what comes later.

#include <emscripten.h>
#include <emscripten/eventloop.h>

#include "check.h"

static void
comes(void *arg)
{
	printf("%s\n", (char *)arg);
	exit(0);
}

int
main(void)
{
	emscripten_set_timeout(comes, 3, "it came");
	emscripten_exit_with_live_runtime();
}
