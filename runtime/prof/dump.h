#ifndef RT_DUMP_H
#define RT_DUMP_H

// The stop-the-world dump. Raw words are copied while the world is stopped; names, lines and text
// are made after it runs again.

#include "../base/base.h"

enum {
	DumpMagic = 0x504d4447, // "GDMP"
	DumpVersion = 1,
	DumpHeaderWords = 8,
	DumpGWords = 13, // before the pcs
	DumpMaxFrames = 100,
};

enum { DumpLocked = 1, DumpSystem = 2 };

typedef struct Dump Dump;
struct Dump {
	uint32_t *words; // malloc'd; wasm/README.md has the layout
	size_t n;
};

// Stops the world and copies every goroutine, self first when it is not a service goroutine.
// selfpcs are the caller's frames. system: service goroutines too. MAYSWITCH.
MAYSWITCH Dump rt_dump_collect(const uint32_t *selfpcs, size_t nself, bool system);
void rt_dump_free(Dump *d);
// Prints a collected dump through rt_printf, at the GOTRACEBACK level (at least 1).
void rt_dump_print(const Dump *d, int level);
// The stacks of a program that dies, from whatever stack is at hand; nothing is allocated.
void rt_dump_dying(void);

// The running goroutine died in the engine: its frames, as PC_LOC pcs, for rt_dump_dying.
void rt_dump_trap(const uint32_t *pcs, size_t n);

#endif
