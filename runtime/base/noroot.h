#ifndef RT_NOROOT_H
#define RT_NOROOT_H

// Variables that hold no pointer to a block of the program. The collector takes every word of a
// variable for a pointer, perhaps: a counter, a time or a text that looks like one would keep a
// block, and whatever hangs from it, and a table of a megabyte takes time to read.
#include "os.h"

// NOROOT(var) behind the definition of a static variable or array. It is entered before main.
#define NOROOT(var)                                                 \
	__attribute__((constructor)) static void noroot_##var(void) \
	{                                                           \
		rt_noroot(&(var), sizeof(var));                     \
	}

void rt_noroot(const void *p, size_t bytes);
// What is left of r without them: calls each, in ascending order.
void rt_noroot_without(OsRange r, void (*each)(void *arg, OsRange r), void *arg);

#endif
