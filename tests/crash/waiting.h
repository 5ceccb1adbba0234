#ifndef WAITING_H
#define WAITING_H

#include <string.h>
#include <worldsema.h>

// Yields until the dump shows a goroutine that waits for this: a number of yields would be a guess.
__attribute__((unused)) static void
until_waiting(const char *reason)
{
	static char text[16 << 10];

	do {
		go_gosched();
		text[go_stack(text, sizeof text - 1, true)] = 0;
	} while (!strstr(text, reason));
}

#endif
