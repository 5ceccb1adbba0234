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
// of state outside the block: allocated, marked, special. A table has an entry for each page of the
// 4 GiB, which says which span the page belongs to. From any address to its block it takes one
// load, one multiplication and one more load. This also works for pointers into the middle of a
// block, and while the world is stopped.
//
// To allocate n bytes, at most 32 KiB:
//	1. round n up to a size class (msize.c says how much that wastes) and take a block from this
//	   P's MCache;
//	2. if none is left, the MCentral of the class gives all free blocks of one of its spans;
//	3. if it has no such span, the MHeap gives pages, which become a span;
//	4. if no run of pages is long enough, the MHeap gets a mebibyte or more from the machine.
// Larger requests begin at step 3, and get a span each.
//
// Two kinds of memory share all that, but not their spans:
//
// Uncollected (malloc, free). Free blocks form lists, linked through their first words. A freed
// block goes into the MCache of the P that freed it, whichever P allocated it. When that list is
// long, half of it goes back to the spans. A span whose blocks are all free goes back to the MHeap.
// The collector reads allocated blocks as roots, and frees none of them.
//
// Collected (go_alloc). Nobody frees it by hand. An MCache owns the span it allocates from, and
// takes the blocks whose state is 0, in order. The collector finds what the program dropped.
// Sweeping the span sets the state of these blocks to 0 (msweep.c). Free blocks are not linked and
// not touched. Blocks are zeroed when they are allocated, unless the pages are fresh.
//
// Threads without a P share one more MCache under a lock. These are the page's thread, an M in a
// host call, and every thread before the boot. On a thread that may not sleep the lock spins. The
// collector holds it while it marks, so such threads can neither allocate nor free then.
//
// Nothing here switches, starts a collection, or calls a function that might. When enough was
// allocated since the last collection, rt_mem_hooks.on_trigger is called, once. When still more was
// allocated and the collection has not begun, on_brake is called.

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
	ObjMark = 2,    // reached; set by marking, removed by sweeping
	ObjSpecial = 4, // the heap profile keeps a record of the block: see MemHooks.on_special
	ObjPad = 0x40,  // no block: fills the states up to a multiple of 8
};

typedef struct Span Span;
struct Span {
	uintptr_t base;
	uint32_t npages;
	uint32_t magic;  // 0 in large spans: all offsets belong to block 0
	size_t size;     // bytes of a block
	uint8_t *state;  // one byte for each block; whoever owns the block owns its state
	uint32_t nelems; // blocks
	uint8_t kind;
	uint8_t class;     // 0 large
	uint8_t bin;       // small and uncollected: the class; else 0
	uint8_t noscan;    // holds no pointers
	uint8_t needzero;  // was used before: a free block may not be zero
	uint8_t incache;   // collected: an MCache allocates from it
	uint8_t infull;    // collected: in the central's full list
	AtomicU32 gen;     // collected: see msweep.h
	uint32_t nfree;    // blocks that are free and in no cache; the central's lock
	void *list;        // uncollected: free blocks, through their first words
	uintptr_t fresh;   // uncollected: blocks from here on were never used
	Span *next, *prev; // in a list of the MHeap or of an MCentral; NULL: in none
	uint8_t state1[8]; // state of a large span
};

// The table: the span that a page belongs to, or NULL. rt_spaceof(p) is the index for p.
extern Span **rt_spans;

ALWAYS_INLINE uintptr_t
rt_spaceof(uintptr_t p)
{
	return (p - OS_SPACE) >> PageShift;
}

// The span that holds p, which may be any number. NULL: no span in use does.
ALWAYS_INLINE Span *
rt_spanof(uintptr_t p)
{
	uintptr_t page = rt_spaceof(p);
	Span *s = page < SpacePages && rt_spans ? rt_spans[page] : NULL;

	return s && s->kind != SpanFree ? s : NULL;
}

// The number of the block of s that holds p. It may be one past the last: s may have a tail that no
// block uses.
ALWAYS_INLINE uint32_t
rt_blockof(const Span *s, uintptr_t p)
{
	return (uint32_t)((uint64_t)(p - s->base) * s->magic >> 32);
}

// --- caches ---

// Uncollected blocks of a class. Blocks come from a central and from free. They leave to the
// central and to malloc. So it is enough to count malloc's blocks and the exchange with the
// central: the number of frees follows (mstats.c).
typedef struct Bin Bin;
struct Bin {
	void *list;
	uint32_t n, limit; // blocks in the list, and how many there may be
	uintptr_t fresh, freshend;
	uint32_t left;    // mallocs until the next sample of the heap profile
	uint32_t budget;  // the value that left began with
	uint64_t nmalloc; // without the budget - left mallocs since left was set
	int64_t ntaken;   // blocks taken from the central, less those given back
};

// Where collected blocks of a class are taken from: the free blocks of a group of eight.
typedef struct Run Run;
struct Run {
	uint64_t mask;     // 0x80 in the byte of each free block
	uintptr_t base;    // address of the group
	uint8_t *state;    // states of the group
	uint8_t *stateend; // of the span
	Span *span;        // NULL: none
	uint32_t dirty;    // the span's needzero; 2: its free blocks are clobbered
	uint32_t left;     // blocks until the next sample, that one included
	uint64_t held;     // free blocks of the group that are not in the mask yet
	uint64_t taken;    // blocks that left, and those in the mask
};

// The free ones of eight blocks, 0x80 in the byte of each. A free block's state is 0. No state is
// above 0x7f, so no byte borrows.
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
// Gives everything back to the spans. Nobody may use the cache then: the world is stopped, or its P
// is dead.
void rt_mcache_flush(MCache *c);
// Flushes all caches. The world is stopped, and the lock of threads without a P held.
void rt_mcache_flushall(void);
// Gives back only collected spans: before marking.
void rt_mcache_flushruns(MCache *c);
// Which of the following blocks of n bytes is the next sample: 1 is the very next; UINT32_MAX:
// none.
uint32_t rt_sample_next(size_t n);
// Starts sampling anew in all caches. The world is stopped or not yet running, and the lock of
// threads without a P is held.
void rt_mcache_resample(void);
// The slow halves: a bin is refilled or flushed; a run gets its next blocks. False: out of memory.
// *sample: the next block is a sample.
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
	SpanList partial; // spans with free blocks, from which no cache allocates
	SpanList full;    // collected only: spans without free blocks; unswept ones come first
	uint64_t nswept;  // collected only: blocks that sweeping found free
};

extern MCentral rt_mallocs[NClasses];
extern MCentral rt_collected[NClasses][2];

void rt_span_append(SpanList *l, Span *s);
void rt_span_prepend(SpanList *l, Span *s);
void rt_span_remove(SpanList *l, Span *s);

// Blocks go from a central to a cache, or back. Both return how many.
uint32_t rt_central_take(uint32_t class, Bin *b);
uint32_t rt_central_give(uint32_t class, void *list, uintptr_t fresh, uintptr_t freshend);
Span *rt_central_takespan(uint32_t class, bool noscan);
void rt_central_givespan(Span *s);
void rt_central_sweep(Span *s);

// --- the heap (mheap.c) ---

// A new span of npages, whose blocks are all free. NULL: the machine has no more memory. align is
// in pages, and a power of two.
Span *
rt_mheap_alloc(uint32_t npages, uint32_t align, enum SpanKind kind, uint32_t class, bool noscan);
void rt_mheap_free(Span *s);
// Makes a large span longer or shorter in place. False: the pages behind it are in use.
bool rt_mheap_resize(Span *s, uint32_t npages);

typedef struct MHeap MHeap;
struct MHeap {
	Lock lock;
	uintptr_t lo, hi;   // pages of the table that were ever used
	size_t sys;         // pages got from the machine
	size_t idle;        // free pages
	size_t metabytes;   // bytes of records, states, the table
	uint64_t nlarge[2]; // large blocks ever: uncollected, collected
	uint64_t largebytes[2];
	uint64_t nlargefree[2];
	uint64_t largefreebytes[2];
};

extern MHeap rt_mheap;

// Cells for the allocator's own records; the MHeap's lock held.
Span *rt_spancell_locked(void);
void rt_spancell_free_locked(Span *s);
// The bytes of span cells: in use, and ever made.
void rt_spancells(uint64_t *inuse, uint64_t *sys);
uint8_t *rt_statecell_locked(uint32_t nelems);
void rt_statecell_free_locked(uint8_t *state, uint32_t nelems);

// --- allocating (malloc.c) ---

// The number of the block at p. False: no block begins at p. The upper half of offset * magic is
// the number. The lower half is below 64 Ki if a block begins there; elsewhere it is at least
// magic, which is 128 Ki or more (tests/native/mem.c).
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
// A block on pages of its own, which the collector does not read. It is for what the runtime
// reports about the program: a time or a count in it may look like an address.
void *rt_malloc_noscan(size_t n);
void *rt_calloc(size_t n, size_t each);
void *rt_memalign(size_t align, size_t n);
void *rt_realloc(void *p, size_t n);
// Throws "malloc: double free" and the like.
void rt_free(void *p);
size_t rt_usable(void *p);

// Collected and zeroed. NULL: out of memory. The first two are for go_alloc.
void *rt_new(size_t n);
void *rt_new_noscan(size_t n);
void *rt_new_again(size_t n, bool noscan);

// Takes the lock of threads without a P, for the collector.
void rt_mem_lock(void);
void rt_mem_unlock(void);
// The MCache of threads without a P. Their lock is held.
MCache *rt_mem_shared(void);

// --- upcalls, set at boot ---

typedef struct MemHooks MemHooks;
struct MemHooks {
	// Collected memory has reached rt_gctrigger. Called once for each value of the trigger.
	void (*on_trigger)(void);
	// Collected memory has reached rt_gcbrake, and the collection has not begun yet. Called
	// again and again.
	void (*on_brake)(void);
	// No memory: frees what is garbage already. Of the allocator's locks only that of threads
	// without a P may be held.
	void (*on_full)(void);
	// A block of n bytes is to be sampled; true: a record of it is kept.
	bool (*on_sample)(void *p, size_t n);
	// How many bytes to the next sample.
	uint64_t (*next_sample)(void);
	// A block whose state has ObjSpecial is freed (by hand, or swept).
	void (*on_special)(Span *s, void *p);
	// With GODEBUG=clobberfree=1: a collected block at p is handed out. written: somebody wrote
	// there after an earlier block was freed; prints who allocated that block, if known.
	void (*on_reused)(void *p, bool written);
	// A collection has marked what can be reached: collected blocks without ObjMark are
	// garbage. The world is stopped, and the lock of threads without a P held.
	void (*on_marked)(void);
};

extern MemHooks rt_mem_hooks;

// mhooks.c: these call the hook if there is one.
void rt_mem_trigger(void);
void rt_mem_brake(void);
void rt_mem_full(void);
bool rt_mem_sample(void *p, size_t n);
uint64_t rt_mem_nextsample(void);
void rt_mem_special(Span *s, void *p);
void rt_mem_marked(void);
void rt_mem_reused(void *p, bool written);

extern AtomicPtr rt_heaplive;  // bytes live at the last collection, and taken by caches since
extern AtomicPtr rt_gctrigger; // UINTPTR_MAX: never
extern AtomicPtr rt_gcbrake;   // above the trigger; whoever gets there waits for the collection
extern AtomicPtr rt_profsys;   // bytes of the heap profile's tables

#endif
