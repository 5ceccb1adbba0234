#ifndef OS_ONE_H
#define OS_ONE_H

// The machine with one thread: one.c.

#include <stdint.h>

// Runs goroutines for some milliseconds, on a stack of its own.
void os_turn(void);
// The lowest address of that stack.
uintptr_t os_turn_stack(void);

#endif
