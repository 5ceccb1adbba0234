// Deaths that need the host: the first argument says which.

#include <emscripten.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

GO_HOST(void, fails, int)

static void
calls(void *unused)
{
	(void)unused;
	fails(5);
}

int
main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	if (strcmp(how, "host") == 0)
		go(calls, NULL);
	else if (strcmp(how, "throw") == 0)
		EM_ASM({ throw new RangeError('from C'); });
	else if (strcmp(how, "page") == 0)
		MAIN_THREAD_EM_ASM({ throw new RangeError('from the page'); });
	else if (strcmp(how, "mute") == 0) // its report fails as well
		EM_ASM({
			TextEncoder = 0;
			throw new RangeError('from C');
		});
	for (;;)
		go_gosched();
}
