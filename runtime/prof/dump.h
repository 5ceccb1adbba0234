#ifndef RT_DUMP_H
#define RT_DUMP_H

// The stop-the-world dump. Raw words are copied while the world is stopped; names, lines and text
// are made after it runs again.

#include "../base/gmp.h"

enum { DumpMaxFrames = 100 }; // that are printed

typedef struct Dump Dump;
struct Dump {
	DumpHead *head; // malloc'd; the goroutines behind it (ask/words.h). NULL: no memory
	size_t n;       // words
};

// Stops the world and copies every goroutine, self first when it is not a service goroutine.
// selfpcs are the caller's frames. system: service goroutines too. MAYSWITCH.
MAYSWITCH Dump rt_dump_collect(const uint32_t *selfpcs, size_t nself, bool system);
// The caller alone, with these frames: no semaphore, no stop.
Dump rt_dump_self(const uint32_t *pcs, size_t n);
// Only those that nobody can ever wake (look/leak.h). False: that cannot be told, because some
// goroutine is in code whose locals nobody sees, for longer than we tried. On a service goroutine.
// MAYSWITCH.
MAYSWITCH bool rt_dump_leaked(Dump *d);
// Those that wait and those that they wait for, and behind them the graph (look/waits.h). False:
// out of memory. As above.
MAYSWITCH bool rt_dump_waits(Dump *d);
// The same of a program that dies because all goroutines are asleep; empty: it did not.
void rt_dump_deadlock(void);
extern Dump rt_dump_last;
void rt_dump_free(Dump *d);
// The goroutines of a dump, head->n of them.
const DumpG *rt_dump_first(const Dump *d);
const DumpG *rt_dump_next(const DumpG *w);
// What of the host it waits for; NULL: nothing that is told.
const char *rt_dump_detail(const DumpG *w);
// Prints a collected dump through rt_printf, at the GOTRACEBACK level (at least 1).
void rt_dump_print(const Dump *d, int level);
// The same into a buffer; returns how many bytes of it were used.
size_t rt_dump_print_into(char *buf, size_t size, const Dump *d, int level);
// The stacks of a program that dies, from whatever stack is at hand; nothing is allocated.
void rt_dump_dying(void);

// The running goroutine died in the engine: its frames, as PC_LOC pcs, for rt_dump_dying.
void rt_dump_trap(const uint32_t *pcs, size_t n);

#endif
