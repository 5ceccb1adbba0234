// A timer of Emscripten without a function.

#include <emscripten/eventloop.h>
#include <stddef.h>

// Newer headers refuse NULL itself.
static void (*volatile none)(void *);

int
main(void)
{
	emscripten_set_timeout(none, 1, NULL);
	return 0;
}
