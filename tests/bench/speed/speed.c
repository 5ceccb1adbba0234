// speed MILLISECONDS: each kernel of this program again and again for so long, the fastest run
// counts. Prints lines NAME MILLISECONDS RESULT.

#include "speed.h"

#ifdef PLAIN

#include <emscripten.h>

static volatile int pauses;

NOINLINE void
pause_here(void)
{
	pauses = pauses + 1;
}

NOINLINE void *
through_channel(void *p)
{
	static void *volatile box;

	box = p;
	return box;
}

static double
now(void)
{
	return emscripten_get_now();
}

#else

#include <worldsema.h>

NOINLINE void
pause_here(void)
{
	go_gosched();
}

NOINLINE void *
through_channel(void *p)
{
	static GoChan *box;

	if (box == NULL)
		box = go_chan_make(sizeof(void *), 1);
	go_chan_send(box, &p);
	go_chan_recv(box, &p);
	return p;
}

static double
now(void)
{
	return (double)go_nanotime() / 1e6;
}

#endif

int
main(int argc, char **argv)
{
	int budget = argc > 1 ? atoi(argv[1]) : 500;

	for (const Kernel *k = kernels; k->name; k++) {
		double best = 1e9, begin = now(), last = begin;
		uint32_t result;

		do {
			double from = last;

			result = k->run();
			last = now();
			if (last - from < best)
				best = last - from;
		} while (last - begin < budget);
		printf("%s %.3f %u\n", k->name, best, (unsigned)result);
	}
	return 0;
}
