// Loops that call nothing: no channel, no lock, no function at all.
//
// If goroutines yielded only when they call something, these loops would hold
// their workers for ever: main could not print, and nobody could look at them.
// Here the link step has put a poll into every loop: a load and a branch. So every
// loop can be stopped, also if there is only one worker.
//
// What to look for: press d, again and again. The dump comes at once and shows
// each loop at the line where it is. Meanwhile main goes on printing.
//
// Arguments: loops.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

enum { MaxLoops = 64 };

// The longest Collatz chain that each loop has found so far. It is volatile, or the
// compiler could keep it in registers, because the loops never end.
static volatile struct {
	uint64_t tried, start;
	int length;
} best[MaxLoops];

static void
collatz(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (uint64_t start = 1 + (uint64_t)me;; start += MaxLoops) {
		uint64_t n = start;
		int length = 1;

		while (n != 1) {
			n = n % 2 == 0 ? n / 2 : 3 * n + 1;
			length++;
		}
		if (length > best[me].length) {
			best[me].length = length;
			best[me].start = start;
		}
		best[me].tried++;
	}
}

int
main(int argc, char **argv)
{
	int loops = argc > 1 ? atoi(argv[1]) : 8;

	if (loops < 1 || loops > MaxLoops)
		loops = MaxLoops;
	for (int i = 0; i < loops; i++)
		go(collatz, (void *)(intptr_t)i);
	for (;;) {
		go_sleep(GO_SECOND);
		for (int i = 0; i < loops; i++)
			printf("loop %d: %llu tried, the longest chain begins at %llu\n", i,
			       (unsigned long long)best[i].tried,
			       (unsigned long long)best[i].start);
		printf("\n");
	}
}
