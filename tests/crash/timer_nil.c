// A timer of Emscripten without a function.

#include <emscripten/eventloop.h>
#include <stddef.h>

int
main(void)
{
	emscripten_set_timeout(NULL, 1, NULL);
	return 0;
}
