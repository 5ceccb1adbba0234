#ifndef RT_GC_H
#define RT_GC_H

// The collector: conservative, it moves nothing, it marks while the world is stopped, with the help
// of idle Ms, and sweeps lazily.
//
// A cycle, run by one service goroutine:
//	1. sweep what the last cycle left over
//	2. take worldsema, stop the world (sched/world.h), take the lock of threads without a P
//	3. give back what the caches have of collected spans
//	4. mark: roots, then everything that can be reached (roots.c, mark.c)
//	   and the finalizers of what cannot are queued (final.c)
//	5. rt_sweepgen += 2: all collected spans need sweeping; decide when the next cycle begins
//	6. start the world
//	7. sweep in the background (sweep.c); whoever needs blocks sweeps first what it looks at
//
// A cycle begins when collected memory reached rt_gctrigger: the allocation that sees it wakes the
// service goroutine and asks its own M to stop at the next poll, which is go_alloc's own. On a busy
// machine another worker may have taken the service goroutine and get no processor: who then
// allocates up to rt_gcbrake waits for the collection. A cycle also begins two minutes after the
// last one, if anything runs then; and when there is no memory for go_alloc, which tries again
// afterwards.
//
// A goroutine that stopped in place (sched/inplace.h) has locals that nobody can read. Its own
// frames are kept when it leaves goroutine code (wasm/link/guards.js). Where they are not the cycle
// is put off, for a moment at first, longer and longer if that does not help.
//
// What is a root: data of the program; of every goroutine its C stack, its suspended frames, those
// that its M keeps, and its record; blocks of malloc. A word that could be a pointer into a
// collected block is one, wherever in the block it points.

#include "../base/base.h"
#include "../base/os.h"
#include "../mem/malloc.h"
#include "../worldsema.h"

// --- gc.c ---

void rt_gcinit(const char *gogc, const char *memlimit);
// Boot: makes the service goroutine.
void rt_gcstart(void);

// What is kept of a cycle.
typedef struct GCCycle GCCycle;
struct GCCycle {
	uint64_t end_ns, pause_ns; // the end by os_nanotime
	uintptr_t before;          // bytes of collected memory, as the trigger counts them
	uintptr_t after;           // bytes marked
	uintptr_t next;            // where the next one begins; UINTPTR_MAX: never
};

enum { NCycles = 256 };

typedef struct GCStats GCStats;
struct GCStats {
	AtomicU32 ngc;           // cycles completed; counted when all else is written
	uint64_t pause_ns;       // in all
	GCCycle cycles[NCycles]; // ring: cycle n at (n + NCycles - 1) % NCycles
	uintptr_t live;          // bytes marked by the last
	uint64_t nlive;          // blocks marked by the last
	uint32_t nhandoff;       // Marked's, in the last
	uintptr_t next; // of collected memory, where the next one begins; UINTPTR_MAX: never
};

extern GCStats rt_gcstats;
// A cycle begins when the last one was so many ns ago, if anything runs then.
extern AtomicU64 rt_gcperiod;

typedef struct WorkBuf WorkBuf;
typedef struct Worker Worker;
struct Worker {
	WorkBuf *buf; // blocks that are marked and not yet scanned
	uint64_t bytes, blocks;
	// Not NULL: blocks of malloc are marked like collected ones, and this gets every other
	// word.
	void (*other)(Worker *w, uintptr_t word);
};

bool rt_gcenabled(void);
// go_alloc's other half. No memory: collects, if this goroutine may wait here. Otherwise the M is
// wanted, or a collection is overdue.
MAYSWITCH void rt_gc_for_memory(void);
MAYSWITCH void rt_gc_poll(void);

// --- roots.c ---

// Marks what is reachable in one step. Parts are taken by number, so that several Ms can share.
uint32_t rt_roots_parts(void);
// Some are where the collector cannot see them now: no collection.
bool rt_roots_hidden(void);
void rt_roots_scan(uint32_t part, Worker *w);
// The program's variables, and what Ms keep for goroutines.
void rt_roots_data(Worker *w);
// What a goroutine that does not run holds on to: its locals, and of its record what it still
// needs. The rest may be stale, is about others, or is a number. Fills r, and returns how many.
enum { RootsOfG = 8 };
size_t rt_roots_of(const G *gp, OsRange r[RootsOfG]);
void rt_roots_scan_g(Worker *w, const G *gp);
// Are there frames of it on a thread that nobody can read?
bool rt_roots_hidden_g(const G *gp);

// --- mark.c ---

// Every aligned word of [lo, hi) is a pointer, perhaps.
void rt_mark_range(Worker *w, uintptr_t lo, uintptr_t hi);
// The same for a large block, in pieces that Ms share.
void rt_mark_large(Worker *w, const Span *s);
// Scans what is marked, until nothing is left to be.
void rt_mark_drain(Worker *w);
// Buffers of work that nobody has, and Ms that look for one.
extern AtomicU32 rt_mark_nfull, rt_mark_nidle;
extern uint32_t rt_mark_nhandoff; // of the first, ever

// --- markers.c ---

// The whole marking; the world is stopped. The helpers are taken before the locks.
M *rt_mark_helpers(void);
typedef struct Marked Marked;
struct Marked {
	uint64_t bytes, blocks;
	uint32_t nhandoff; // buffers of work that Ms handed to others
};
Marked rt_mark(M *helpers);
// What an idle M does that was called for help.
void rt_mark_help(M *mp);

// --- final.c: the lock of about.h is held ---
void rt_final_scan(Worker *w); // what blocks with a finalizer point to
void rt_final_collect(void);   // after marking: queues the finalizers of what is unreachable
void rt_final_wake(void);      // later, when the world runs

// --- weak.c: the same lock ---
void
rt_weak_collect(void); // after marking, before finalizers mark more: clears what is unreachable
GoWeak *rt_weak_make(void *p);

// --- sweep.c ---

// Sweeps one more span in the background; false: there is none left to claim.
bool rt_sweep_one(void);
// Sweeps all that is left.
void rt_sweep_all(void);
// A new cycle: from the first page on.
void rt_sweep_restart(void);

#endif
