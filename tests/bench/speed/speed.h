#ifndef SPEED_H
#define SPEED_H

// The same C code is compiled plainly (-DPLAIN), to run in a worker like any program, and with
// worldsema, to run in a goroutine. What differs is here and in speed.c.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Kernel Kernel;
struct Kernel {
	const char *name;
	uint32_t (*run)(void); // some ms, less than a slice of a busy machine
};

extern const Kernel kernels[]; // of this program, the last has no name

// Where a goroutine gives way to others; nothing in the plain program.
void pause_here(void);
// What comes out of a channel when p is sent to it; p in the plain program.
void *through_channel(void *p);
// Calls fn twice at once: on two threads, or in two goroutines on two Ps.
void at_once(void (*fn)(void));

// With SUSPENDS the same code is compiled such that it may wait, now and then.
#ifdef SUSPENDS
static uint32_t pause_count;
#define MAYBE_PAUSE() (++pause_count % 4096 == 0 ? pause_here() : (void)0)
#define MAYBE_CHANNEL(p) through_channel(p)
#else
#define MAYBE_PAUSE() ((void)0)
#define MAYBE_CHANNEL(p) (p)
#endif

#define NOINLINE __attribute__((noinline))

// A number from the one before it.
static inline uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

#endif
