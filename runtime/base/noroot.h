#ifndef RT_NOROOT_H
#define RT_NOROOT_H

// Variables that hold no pointer to a block of the program. The collector treats every word of a
// variable as a possible pointer. A counter, a time or a text that looks like a pointer would keep
// a block and everything that block leads to. Also, reading a table of a megabyte takes time.
#include "os.h"

// NOROOT(var) stands after the definition of a static variable or array. A constructor enters the
// variable before main.
#define NOROOT(var)                                                 \
	__attribute__((constructor)) static void noroot_##var(void) \
	{                                                           \
		rt_noroot(&(var), sizeof(var));                     \
	}

void rt_noroot(const void *p, size_t bytes);
// Calls each, in ascending order, for the parts of r that are not such variables.
void rt_noroot_without(OsRange r, void (*each)(void *arg, OsRange r), void *arg);

#endif
