#ifndef RT_MALLOC_H
#define RT_MALLOC_H

// Memory: one allocator for the C library's malloc and for collected memory. After tcmalloc and
// Go's malloc.h.
//
//	MCache     per P, no lock: for each size class blocks at hand
//	MCentral   per size class, a lock each: spans that have free blocks
//	MHeap      one lock: runs of 8 KiB pages, best fit, coalesced when freed
//	os_pages   the machine: memory grows, and never shrinks
//
// A span is a run of pages cut into blocks of one size, or one large block. Each block has a byte
// of state, outside the block: allocated, marked, special. A table with an entry for each page of
// the 4 GiB says which span it belongs to, so from any address to its block it is one load, one
// multiplication and one more load; also for pointers into the middle, also while the world is
// stopped.
//
// To allocate n bytes, at most 32 KiB:
//	1. round n up to a size class (msize.c: at most an eighth is lost from 128 bytes up, and an
//	   eighth of a span at its end) and take a block of this P's MCache;
//	2. none left: the MCentral of the class gives all free blocks of one of its spans;
//	3. it has no such span: the MHeap gives pages, which become a span;
//	4. no run of pages is long enough: the MHeap gets a mebibyte or more of the machine.
// Larger ones begin at step 3, a span each.
//
// Two kinds of memory share all that, but not their spans:
//
// Uncollected (malloc, free). A free block lies in a list through its first word: in the MCache
// of who freed it, whoever allocated it; when that list is long half of it goes back to the
// spans, and a span that is free as a whole goes back to the MHeap. The collector reads what is
// allocated as roots, and frees nothing.
//
// Collected (go_alloc). Nobody frees it by hand. An MCache owns the span it allocates from and
// takes the blocks whose state is 0, in order; what the program dropped is found by the collector,
// and its state set to 0 by sweeping the span (msweep.c). Free blocks are not linked and not
// touched. Blocks are zeroed when they are allocated, unless the pages are fresh.
//
// Threads without a P (the page's; an M in a host call; everybody before the boot) share one
// more MCache under a lock, which spins on a thread that may not sleep. The collector holds that
// lock while it marks, so nobody allocates or frees meanwhile: what a thread without a P does to
// uncollected blocks is that they stay in place.
//
// Nothing here switches, starts a collection, or calls anybody who might. When enough was
// allocated since the last collection rt_mem_hooks.on_trigger is told, once; when more was, and the
// collection has not begun, on_brake.

#include "../base/atomic.h"
#include "../base/base.h"
#include "../base/lock.h"
#include "os_mem.h" // the machine's

enum {
	PageShift = 13,
	PageSize = 1 << PageShift,
	SpacePages = 1 << 19, // of the 4 GiB that the table covers
	MaxSmall = 32 << 10,
	NClasses = 59, // 0 is for large blocks
};

// --- size classes (msize.c) ---

typedef struct SizeClass SizeClass;
struct SizeClass {
	uint32_t size;   // of a block
	uint32_t npages; // of a span
	uint32_t nelems; // blocks of a span
	uint32_t magic;  // 2^32 / size, rounded up: offset * magic >> 32 is the block's number
};

extern const SizeClass rt_classes[NClasses];
extern const uint8_t rt_class8[MaxSmall / 32 / 8 + 1]; // by (n + 7) / 8, up to 1024
extern const uint8_t rt_class128[(MaxSmall - 1024) / 128 + 1];

// The class of n bytes, n <= MaxSmall; 0 bytes take the smallest block.
ALWAYS_INLINE uint32_t
rt_classof(size_t n)
{
	return n <= 1024 ? rt_class8[(n + 7) / 8] : rt_class128[(n - 1024 + 127) / 128];
}

// --- spans ---

enum SpanKind {
	SpanFree,      // in the MHeap's lists; the table knows only its first and last page
	SpanMalloc,    // uncollected
	SpanCollected, // its blocks are the collector's
};

// A block's state. 0: free, in a list or never used.
enum {
	ObjAlloc = 1,
	ObjMark = 2,    // reached; set by the collector only, which turns it into ObjAlloc
	ObjSpecial = 4, // somebody keeps a record of it (a profile, a finalizer): see hooks
	ObjPad = 0x40,  // no block: fills the states up to a multiple of 8
};

typedef struct Span Span;
struct Span {
	uintptr_t base;
	uint32_t npages;
	uint32_t magic;  // 0 in large spans: all offsets belong to block 0
	size_t size;     // bytes of a block
	uint8_t *state;  // one for each block; owned like the block, see above
	uint32_t nelems; // blocks
	uint8_t kind;
	uint8_t class;     // 0 large
	uint8_t bin;       // small and uncollected: the class; else 0
	uint8_t noscan;    // holds no pointers
	uint8_t needzero;  // not as it came from the machine: a block may not be zero
	uint8_t incache;   // collected: an MCache allocates from it
	uint8_t infull;    // collected: in the list of full ones
	AtomicU32 gen;     // collected: see msweep.c
	uint32_t nfree;    // blocks that are free and in no cache; central's lock
	void *list;        // uncollected: free blocks, through their first words
	uintptr_t fresh;   // uncollected: blocks from here on were never used
	Span *next, *prev; // in a list of the MHeap or of an MCentral; NULL: in none
	uint8_t state1[8]; // state of a large span
};

// The table: which span a page belongs to; NULL: none. rt_spaceof(p) is its index.
extern Span **rt_spans;

ALWAYS_INLINE uintptr_t
rt_spaceof(uintptr_t p)
{
	return (p - OS_SPACE) >> PageShift;
}

// The span that holds p, which is any number; NULL: none in use.
ALWAYS_INLINE Span *
rt_spanof(uintptr_t p)
{
	uintptr_t page = rt_spaceof(p);
	Span *s = page < SpacePages && rt_spans ? rt_spans[page] : NULL;

	return s && s->kind != SpanFree ? s : NULL;
}

// The number of the block of s that holds p; may be one past the last when p is in the tail that
// no block uses.
ALWAYS_INLINE uint32_t
rt_blockof(const Span *s, uintptr_t p)
{
	return (uint32_t)((uint64_t)(p - s->base) * s->magic >> 32);
}

// --- caches ---

// Uncollected blocks of a class. Blocks come in by taking from a central and by free, and leave by
// giving back and by malloc; so one count of each block that malloc takes is enough to know how
// often free was called (mstats.c).
typedef struct Bin Bin;
struct Bin {
	void *list;
	uint32_t n, limit; // in the list; how many there may be
	uintptr_t fresh, freshend;
	uint32_t left;    // mallocs until the next sample of the heap profile
	uint32_t budget;  // what left began with
	uint64_t nmalloc; // up to when left began; what left lacks is to be added
	int64_t ntaken;   // from the central, less what was given back
};

// Where collected blocks of a class are taken from: of a group of eight blocks those whose state
// was 0.
typedef struct Run Run;
struct Run {
	uint64_t mask;     // 0x80 in the byte of each free one
	uintptr_t base;    // address of the group
	uint8_t *state;    // states of the group
	uint8_t *stateend; // of the span
	Span *span;        // NULL: none
	uint32_t dirty;    // its needzero; 2: its free blocks are clobbered
	uint32_t left;     // blocks until the next sample, that one included
	uint64_t held;     // of the group, too, but behind a sample
	uint64_t taken;    // blocks that left, or will have when the mask is 0
};

// The free ones of eight blocks: their states are 0, and none is above 0x7f, so no byte borrows.
ALWAYS_INLINE uint64_t
rt_free_ones(const uint8_t *state)
{
	uint64_t v;

	__builtin_memcpy(&v, state, sizeof v);
	return (UINT64_C(0x8080808080808080) - v) & UINT64_C(0x8080808080808080);
}

typedef struct MCache MCache;
struct MCache {
	Bin bins[NClasses];
	Run runs[NClasses][2]; // [1]: without pointers
};

MCache *rt_mcache_new(void);
// Gives everything back to the spans. The cache is at rest: the world is stopped, or its P dead.
void rt_mcache_flush(MCache *c);
// All caches. The world is stopped, and the lock of threads without a P held.
void rt_mcache_flushall(void);
// Only what it has of collected spans: before marking.
void rt_mcache_flushruns(MCache *c);
// Sampling: which block of n bytes is the next, 1 being the first; UINT32_MAX: none.
uint32_t rt_sample_next(size_t n);
// In all caches: as if sampling began now. The world is stopped, or there is none yet, and the lock
// of threads without a P held.
void rt_mcache_resample(void);
// Slow halves: refill and flush of a bin; the next blocks of a run. False: out of memory. *sample:
// the next block is one.
bool rt_bin_refill(MCache *c, uint32_t class);
void rt_bin_flush(Bin *b, uint32_t class, uint32_t keep);
bool rt_run_refill(MCache *c, uint32_t class, bool noscan, bool *sample);

// --- centrals ---

typedef struct SpanList SpanList;
struct SpanList {
	Span *first, *last;
};

typedef struct MCentral MCentral;
struct MCentral {
	_Alignas(CacheLine) Lock lock;
	SpanList partial; // have free blocks, and nobody allocates from them
	SpanList full;    // collected only: the others, unswept ones first
	uint64_t nswept;  // collected only: blocks that sweeping found free
};

extern MCentral rt_mallocs[NClasses];
extern MCentral rt_collected[NClasses][2];

void rt_span_append(SpanList *l, Span *s);
void rt_span_prepend(SpanList *l, Span *s);
void rt_span_remove(SpanList *l, Span *s);

// Both return how many blocks went.
uint32_t rt_central_take(uint32_t class, Bin *b);
uint32_t rt_central_give(uint32_t class, void *list, uintptr_t fresh, uintptr_t freshend);
Span *rt_central_takespan(uint32_t class, bool noscan);
void rt_central_givespan(Span *s);
void rt_central_sweep(Span *s);

// --- the heap (mheap.c) ---

// What the MHeap gives: a span of npages of which nothing is set but where it lies; NULL: the
// machine has no more. align: in pages, a power of two.
Span *
rt_mheap_alloc(uint32_t npages, uint32_t align, enum SpanKind kind, uint32_t class, bool noscan);
void rt_mheap_free(Span *s);
// Makes a large span longer or shorter in place; false: what follows is in use.
bool rt_mheap_resize(Span *s, uint32_t npages);

typedef struct MHeap MHeap;
struct MHeap {
	Lock lock;
	uintptr_t lo, hi;   // pages of the table that were ever used
	size_t sys;         // pages, got of the machine
	size_t idle;        // pages, free
	size_t metabytes;   // records, states, the table
	uint64_t nlarge[2]; // large blocks ever: uncollected, collected
	uint64_t largebytes[2];
	uint64_t nlargefree[2];
	uint64_t largefreebytes[2];
};

extern MHeap rt_mheap;

// Cells for the allocator's own records; the MHeap's lock held.
Span *rt_spancell_locked(void);
void rt_spancell_free_locked(Span *s);
// Bytes of them in use, and ever made.
void rt_spancells(uint64_t *inuse, uint64_t *sys);
uint8_t *rt_statecell_locked(uint32_t nelems);
void rt_statecell_free_locked(uint8_t *state, uint32_t nelems);

// --- allocating (malloc.c) ---

// The number of the block at p; false: p is not where a block begins. Of off * magic the upper half
// is the number, and the lower one is below 64 Ki at the beginning of a block and at least magic,
// which is 128 Ki or more, elsewhere (tests/native/mem.c).
ALWAYS_INLINE bool
rt_blockat(const Span *s, uintptr_t p, uint32_t *i)
{
	uint64_t v = (uint64_t)(p - s->base) * s->magic;

	*i = (uint32_t)(v >> 32);
	return (uint32_t)v < 1 << 16;
}

// Uncollected. NULL: out of memory. align is a power of two; the block of rt_malloc is 8-aligned,
// and 16-aligned if its size is a multiple of 16.
void *rt_malloc(size_t n);
// Pages of its own that the collector does not read: for what the runtime tells about the program.
// A time or a count in it may look like an address.
void *rt_malloc_noscan(size_t n);
void *rt_calloc(size_t n, size_t each);
void *rt_memalign(size_t align, size_t n);
void *rt_realloc(void *p, size_t n);
// Throws "malloc: double free" and the like.
void rt_free(void *p);
size_t rt_usable(void *p);

// Collected and zeroed. NULL: out of memory.
void *rt_new(size_t n, bool noscan);

// Takes the lock of threads without a P, for the collector.
void rt_mem_lock(void);
void rt_mem_unlock(void);
// The shared MCache; that lock held.
MCache *rt_mem_shared(void);

// --- upcalls, set at boot ---

typedef struct MemHooks MemHooks;
struct MemHooks {
	// Collected memory reached rt_gctrigger. Called once for each value it is set to.
	void (*on_trigger)(void);
	// It reached rt_gcbrake, and the collection has not begun yet. Called again and again.
	void (*on_brake)(void);
	// No memory: frees what is garbage already. No lock of the allocator is held but that of
	// threads without a P.
	void (*on_full)(void);
	// A block of n bytes is to be sampled; true: a record of it is kept.
	bool (*on_sample)(void *p, size_t n);
	// How many bytes to the next sample.
	uint64_t (*next_sample)(void);
	// A block whose state has ObjSpecial is freed (by hand, or swept).
	void (*on_special)(Span *s, void *p);
	// With GODEBUG=clobberfree=1: a collected block is handed out, which may have been another
	// before. If that was written to after it was freed, prints what is known of it.
	void (*on_reused)(void *p, bool written);
	// A collection has marked what can be reached: collected blocks without ObjMark are
	// garbage. The world is stopped, and the lock of threads without a P held.
	void (*on_marked)(void);
};

extern MemHooks rt_mem_hooks;

// mhooks.c: they call the hook if there is one.
void rt_mem_trigger(void);
void rt_mem_brake(void);
void rt_mem_full(void);
bool rt_mem_sample(void *p, size_t n);
uint64_t rt_mem_nextsample(void);
void rt_mem_special(Span *s, void *p);
void rt_mem_marked(void);
void rt_mem_reused(void *p, bool written);

extern AtomicPtr rt_heaplive;  // bytes of collected spans taken since the last collection, and live
extern AtomicPtr rt_gctrigger; // UINTPTR_MAX: never
extern AtomicPtr rt_gcbrake;   // above it; who gets there waits for the collection
extern AtomicPtr rt_profsys;   // bytes of the heap profile's tables

#endif
