#ifndef RT_DUMP_H
#define RT_DUMP_H

// The stop-the-world dump. Raw words are copied while the world is stopped; names, lines and text
// are made after it runs again.

#include "../base/gmp.h"

enum {
	DumpMagic = 0x504d4447, // "GDMP"
	DumpVersion = 1,
	DumpHeaderWords = 8,
	DumpGWords = 13, // before the pcs
	DumpMaxFrames = 100,
};

enum { DumpLocked = 1, DumpSystem = 2, DumpInPlace = 4, DumpDetail = 8, DumpLeaked = 16 };

// With DumpDetail text stands behind the pcs: what of the host the goroutine waits for.
enum { DumpDetailWords = DetailBytes / 4 };

typedef struct Dump Dump;
struct Dump {
	uint32_t *words; // malloc'd; wasm/README.md has the layout
	size_t n;
};

// Stops the world and copies every goroutine, self first when it is not a service goroutine.
// selfpcs are the caller's frames. system: service goroutines too. MAYSWITCH.
MAYSWITCH Dump rt_dump_collect(const uint32_t *selfpcs, size_t nself, bool system);
// Only those that nobody can ever wake (gc/leak.h). False: that cannot be told, because some goroutine is
// in code whose locals nobody sees, for longer than we tried. On a service goroutine. MAYSWITCH.
MAYSWITCH bool rt_dump_leaked(Dump *d);
// Those that wait and those that they wait for, and behind them the words of gc/waits.h, from word 7 on. False:
// out of memory. As above.
MAYSWITCH bool rt_dump_waits(Dump *d);
// The same of a program that dies because all goroutines are asleep; empty: it did not.
void rt_dump_deadlock(void);
extern Dump rt_dump_last;
void rt_dump_free(Dump *d);
// The words of the next goroutine.
const uint32_t *rt_dump_next(const uint32_t *w);
// Prints a collected dump through rt_printf, at the GOTRACEBACK level (at least 1).
void rt_dump_print(const Dump *d, int level);
// The stacks of a program that dies, from whatever stack is at hand; nothing is allocated.
void rt_dump_dying(void);

// The running goroutine died in the engine: its frames, as PC_LOC pcs, for rt_dump_dying.
void rt_dump_trap(const uint32_t *pcs, size_t n);

#endif
