#ifndef RT_DUMP_H
#define RT_DUMP_H

// The stop-the-world dump. Raw words are copied while the world is stopped; names, lines and text
// are made after it runs again.

#include "../base/gmp.h"

enum { DumpMaxFrames = 100 }; // so many are printed

typedef struct Dump Dump;
struct Dump {
	DumpHead *head; // malloc'd; the goroutines follow it (ask/words.h). NULL: no memory
	size_t n;       // words
};

// Stops the world and copies every goroutine. The caller comes first if it is not a service
// goroutine; selfpcs are its frames. system: service goroutines too. MAYSWITCH.
MAYSWITCH Dump rt_dump_collect(const uint32_t *selfpcs, size_t nself, bool system);
// The caller alone, with these frames: no semaphore, no stop.
Dump rt_dump_self(const uint32_t *pcs, size_t n);
// Only the goroutines that nobody can ever wake (look/leak.h). False: there is no memory, or the
// answer is not known because some goroutine stayed too long in code whose locals nobody can read.
// Call it on a service goroutine. MAYSWITCH.
MAYSWITCH bool rt_dump_leaked(Dump *d);
// The goroutines that wait and those that they wait for; the graph (look/waits.h) follows them.
// False: out of memory. Call it on a service goroutine. MAYSWITCH.
MAYSWITCH bool rt_dump_waits(Dump *d);
// The same for a program that dies because all goroutines are asleep: makes rt_dump_last, which is
// empty otherwise.
void rt_dump_deadlock(void);
extern Dump rt_dump_last;
void rt_dump_free(Dump *d);
// The goroutines of a dump, head->n of them.
const DumpG *rt_dump_first(const Dump *d);
const DumpG *rt_dump_next(const DumpG *w);
// What the goroutine waits for from the host; NULL: not known.
const char *rt_dump_detail(const DumpG *w);
// Prints a collected dump through rt_printf, at the GOTRACEBACK level (at least 1).
void rt_dump_print(const Dump *d, int level);
// The same into a buffer; returns how many bytes of it were used.
size_t rt_dump_print_into(char *buf, size_t size, const Dump *d, int level);
// Prints the stacks of a program that dies. It runs on any stack, and allocates nothing.
void rt_dump_dying(void);

// gp dies of an exception that left these frames behind: rt_dump_dying shows them above its own.
void rt_dump_cut(const G *gp, const Cut *c);
// The running goroutine died in the engine: its frames as pcs, for rt_dump_dying.
void rt_dump_trap(const uint32_t *pcs, size_t n);

#endif
