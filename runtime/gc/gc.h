#ifndef RT_GC_H
#define RT_GC_H

// The collector is conservative and moves nothing. It marks while the world is stopped, with the
// help of idle Ms, and sweeps lazily.
//
// A cycle, run by one service goroutine:
//	1. sweep what the last cycle left unswept
//	2. take worldsema, stop the world (sched/world.h), take the lock of threads without a P
//	3. the caches give back their collected spans
//	4. mark the roots, then everything that can be reached (roots.c, mark.c);
//	   queue the finalizers of blocks that cannot be reached (final.c)
//	5. rt_sweepgen += 2: all collected spans need sweeping; decide when the next cycle begins
//	6. start the world
//	7. sweep in the background (sweep.c); an allocation first sweeps the span that it uses
//
// A cycle begins when collected memory has reached rt_gctrigger. The allocation that sees this
// wakes the service goroutine and asks its own M to stop at the next poll, which is go_alloc's own.
// On a busy machine another worker may have taken the service goroutine and then get no processor.
// Therefore a goroutine that allocates beyond rt_gcbrake waits for the collection. A cycle also
// begins two minutes after the last one, if anything runs then. And it begins when go_alloc finds
// no memory; go_alloc then tries again.
//
// A goroutine that stopped in place (sched/inplace.h) has locals that nobody can read. Its own
// frames are kept when it leaves goroutine code (wasm/link/guards.js). If they were not kept, the
// cycle is put off: for a moment at first, then longer each time.
//
// Roots are the program's variables and the blocks of malloc; and for each goroutine its C stack,
// its suspended frames, the frames that its M keeps, and its record. Any word that could be a
// pointer into a collected block counts as one, wherever in the block it points.

#include "../base/base.h"
#include "../base/os.h"
#include "../mem/malloc.h"
#include "../worldsema.h"

// --- gc.c ---

void rt_gcinit(const char *gogc, const char *memlimit);
// Boot: makes the service goroutine.
void rt_gcstart(void);

// The figures kept for a cycle.
typedef struct GCCycle GCCycle;
struct GCCycle {
	uint64_t end_ns, pause_ns; // the end by os_nanotime
	uintptr_t before;          // bytes of collected memory, as the trigger counts them
	uintptr_t after;           // bytes marked
	uintptr_t next;            // bytes at which the next cycle begins; UINTPTR_MAX: never
};

enum { NCycles = 256 };

typedef struct GCStats GCStats;
struct GCStats {
	AtomicU32 ngc;           // cycles completed; counted after all other fields are written
	uint64_t pause_ns;       // of all cycles
	GCCycle cycles[NCycles]; // ring: cycle n is at (n + NCycles - 1) % NCycles
	uintptr_t live;          // bytes marked by the last cycle
	uint64_t nlive;          // blocks marked by the last cycle
	uint32_t nhandoff;       // Marked.nhandoff of the last cycle
	uintptr_t next; // bytes of collected memory at which the next begins; UINTPTR_MAX: never
};

extern GCStats rt_gcstats;
// A cycle begins so many ns after the last one, if anything runs then.
extern AtomicU64 rt_gcperiod;

typedef struct WorkBuf WorkBuf;
typedef struct Worker Worker;
struct Worker {
	WorkBuf *buf; // blocks that are marked and not yet scanned
	uint64_t bytes, blocks;
	// If set, blocks of malloc are marked like collected blocks, and this function gets every
	// word that points into neither.
	void (*other)(Worker *w, uintptr_t word);
};

bool rt_gcenabled(void);
// go_alloc calls these. The first when there is no memory: collects, if this goroutine may wait
// here. The second when its M is wanted or a collection is overdue.
MAYSWITCH void rt_gc_for_memory(void);
MAYSWITCH void rt_gc_poll(void);

// --- roots.c ---

// rt_roots_scan marks what one part of the roots points to. Parts have numbers, so that several Ms
// can share the work.
uint32_t rt_roots_parts(void);
// Are some roots where the collector cannot see them now? Then it cannot collect.
bool rt_roots_hidden(void);
void rt_roots_scan(uint32_t part, Worker *w);
// The program's variables, and what Ms keep for goroutines.
void rt_roots_data(Worker *w);
// What a goroutine that does not run holds on to: its locals, and those fields of its record that
// it still needs. The other fields may be stale, are about others, or are numbers. Fills r and
// returns the number of ranges.
enum { RootsOfG = 8 };
size_t rt_roots_of(const G *gp, OsRange r[RootsOfG]);
void rt_roots_scan_g(Worker *w, const G *gp);
// Does the goroutine have frames on a thread, which nobody can read?
bool rt_roots_hidden_g(const G *gp);

// --- mark.c ---

// Treats every aligned word of [lo, hi) as a possible pointer.
void rt_mark_range(Worker *w, uintptr_t lo, uintptr_t hi);
// The same for a large block, in pieces that Ms share.
void rt_mark_large(Worker *w, const Span *s);
// Scans marked blocks until none is left unscanned.
void rt_mark_drain(Worker *w);
// The number of full buffers in the shared list, and of Ms that look for one.
extern AtomicU32 rt_mark_nfull, rt_mark_nidle;
extern uint32_t rt_mark_nhandoff; // buffers taken from that list so far

// --- markers.c ---

// rt_mark does the whole marking; the world is stopped. rt_mark_helpers takes the Ms that help,
// before the caller takes the locks.
M *rt_mark_helpers(void);
typedef struct Marked Marked;
struct Marked {
	uint64_t bytes, blocks;
	uint32_t nhandoff; // buffers of work that Ms handed to others
};
Marked rt_mark(M *helpers);
// An idle M that was called for help runs this.
void rt_mark_help(M *mp);

// --- final.c: the lock of about.h is held, but not for rt_final_wake ---
void rt_final_scan(Worker *w); // marks what blocks with a finalizer point to
void rt_final_collect(void);   // after marking: queues the finalizers of unreachable blocks
void rt_final_wake(void);      // later, when the world runs

// --- weak.c: the same lock ---
void rt_weak_collect(void); // after marking, before finalizers mark more: clears dead references
GoWeak *rt_weak_make(void *p);

// --- sweep.c ---

// Sweeps the spans of the next pages; false: no pages are left.
bool rt_sweep_one(void);
// Sweeps all that is left.
void rt_sweep_all(void);
// For a new cycle: sweeping starts again at the first page.
void rt_sweep_restart(void);

#endif
