#ifndef WORLDSEMA_H
#define WORLDSEMA_H

// worldsema: goroutines, channels and select for C, and a window into them.
//
// The only header that a program includes. Sizes are size_t in bytes, times int64_t in nanoseconds.
// A function marked MAYSWITCH may park the goroutine, and another worker may resume it.
// Thread-locals, errno included, belong to the goroutine: they move with it. Any loop of the
// program's own code may be preempted as well. Objects of "sync" are ready when they are zero. Do
// not copy one that is in use. They need no destruction.
//
// Mistakes of the program (send on a closed channel, ...) are panics with the text that Go
// programmers know: see go_protect. Uncaught, a panic prints itself and every goroutine's stack
// and ends the program with status 2.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef MAYSWITCH
#define MAYSWITCH
#endif

#define WORLDSEMA_VERSION 1

// --- goroutines ------------------------------------------------------------------------------

typedef void (*GoFunc)(void *arg);

// The place of a go statement. The macros below make it; dumps show it as "created by".
typedef struct GoSite GoSite;
struct GoSite {
	const char *func;
	const char *file;
	int line;
};

// Starts fn(arg) as a goroutine with the default stack (8 KiB). arg must stay valid as long as fn
// uses it. Never blocks. After Go's go statement.
//
// In C++ it is a function, so that methods may have its name.
#ifndef __cplusplus
#define go(...) go_at(__VA_ARGS__, 0, GO_SITE)
#endif
// The same with a stack of at least the given bytes (minimum 1 KiB, maximum 256 MiB). The runtime
// needs 144 of them, and 256 more of a stack below 4 KiB.
#define go_with_stack(...) go_at(__VA_ARGS__, GO_SITE)
#define GO_SITE                                                             \
	(__extension__({                                                    \
		static const GoSite site_ = {__func__, __FILE__, __LINE__}; \
		&site_;                                                     \
	}))
void go_at(GoFunc fn, void *arg, size_t stack_bytes, const GoSite *site);
const GoSite *go_site_(const char *func, const char *file, int line);
#ifdef __cplusplus
static inline __attribute__((always_inline)) void
go(GoFunc fn, void *arg, const char *func = __builtin_FUNCTION(),
   const char *file = __builtin_FILE(), int line = __builtin_LINE())
{
	go_at(fn, arg, 0, go_site_(func, file, line));
}
#endif

// The id of the calling goroutine. main has 1. Ids only grow, and none is used twice.
uint64_t go_id(void);
// Lets other goroutines run. The caller goes to the end of the queue.
MAYSWITCH void go_gosched(void);
// Runs the deferred calls and ends this goroutine. If main calls it, the other goroutines go on,
// and when they have ended the program dies of a deadlock, as in Go.
MAYSWITCH _Noreturn void go_exit(void);
// The number of goroutines. Service goroutines of the runtime are not counted.
int go_num_goroutine(void);
// Sets how many goroutines may run at once, at most 256, and returns the old number. With n < 1 it
// only returns the number. Stops the world.
MAYSWITCH int go_max_procs(int n);
// Cores of the machine.
int go_num_cpu(void);
// Binds the goroutine to its worker, until it is unlocked as often as it was locked, or ends.
void go_lock_os_thread(void);
void go_unlock_os_thread(void);
// Put these around a call that may block the worker's thread, such as JavaScript that waits.
// (libc's own waits need no marks.) In between, another worker may use the P of this one, so
// GOMAXPROCS goroutines still run. Call nothing else of this header in between. A dump shows the
// goroutine as [syscall], with its frames at the entry.
MAYSWITCH void go_entersyscall(void);
MAYSWITCH void go_exitsyscall(void);
// How often a goroutine has waited in a callback from foreign code, which blocked its worker.
uint64_t go_blocked_callbacks(void);
// Labels the calling goroutine, and each one that it starts from now on. Dumps, goroutine profiles
// and CPU profiles show the label. The text must stay valid. NULL removes the label.
void go_set_label(const char *text);

// --- two kinds of code -----------------------------------------------------------------------
//
// Goroutine code may wait anywhere, and any free worker may resume it. The link step finds it by
// the call graph and instruments it. All other code is not instrumented and runs at full speed: a
// function of the program that only computes, libraries, libc. It can be dumped and preempted, too,
// but in place: its frames stay on their worker, and another worker takes over that worker's P.
// When such code calls back into goroutine code that waits, its worker is blocked until the wait
// ends (go_blocked_callbacks). A panic must be caught (go_protect) before it reaches these frames.
//
// Collected memory (go_alloc) that goroutine code passes to other code, or holds itself, stays
// during the call, with all that can be reached from it. The collector does not see the locals of
// other code. So if such code takes a pointer out of a block, or allocates, and keeps the pointer
// only in a local, its caller must keep the memory alive.
//
// Marks, for functions that are not static. Write one in front of the definition:
//
//	GO_NOPOLL(crc32) uint32_t crc32(const void *p, size_t n) { ...

// Never instrumented, whatever it calls.
#define GO_FOREIGN(name) GO_MARK_("foreign", name) __attribute__((noinline))
// Linking fails, and prints the chain of calls, if this function could be suspended.
#define GO_NOSUSPEND(name) GO_MARK_("nosuspend", name)
// Without polls: its loops can be neither stopped nor preempted. For short loops that must be fast.
#define GO_NOPOLL(name) GO_MARK_("nopoll", name) __attribute__((noinline))

// The memory that p points to stays alive until here.
static inline void
go_keep_alive(const void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

#ifdef __wasm__
#define GO_MARK_(kind, name) extern __attribute__((export_name("worldsema_" kind "_" #name)))
#else
#define GO_MARK_(kind, name) extern
#endif

// --- channels --------------------------------------------------------------------------------

typedef struct GoChan GoChan;

// Makes a channel with room for cap elements (0: unbuffered) of elem_size bytes (at most 64 KiB).
// Panics: "makechan: size out of range". Only go_chan_free frees a channel.
GoChan *go_chan_make(size_t elem_size, ptrdiff_t cap);
// Frees a channel that nobody uses any more; panics when somebody still waits on it.
void go_chan_free(GoChan *c);
// Sends the element at *elem. Waits for room or a receiver; on a NULL channel for ever.
// Panics: "send on closed channel".
MAYSWITCH void go_chan_send(GoChan *c, const void *elem);
// Receives into *elem (NULL: the element is discarded). Returns false, and a zeroed element, if the
// channel is closed and empty.
MAYSWITCH bool go_chan_recv(GoChan *c, void *elem);
// The same without waiting. True if the element was sent.
MAYSWITCH bool go_chan_try_send(GoChan *c, const void *elem);
// True if an element was received or the channel is closed. *ok is true for an element; ok may be
// NULL.
MAYSWITCH bool go_chan_try_recv(GoChan *c, void *elem, bool *ok);
// Panics: "close of nil channel", "close of closed channel".
void go_chan_close(GoChan *c);
size_t go_chan_len(const GoChan *c);
size_t go_chan_cap(const GoChan *c);

typedef enum GoDir { GO_SEND, GO_RECV } GoDir;

// One arm of a select. elem is what to send, or where to receive (NULL: discard). After a receive,
// ok is true if an element came, and false if the channel is closed. An arm with a NULL chan is
// never ready.
typedef struct GoCase GoCase;
struct GoCase {
	GoChan *chan;
	GoDir dir;
	void *elem;
	bool ok;
};

// Performs one ready arm, chosen at random, and returns its index. If none is ready it waits, or,
// without block, returns -1. With block and no arms it waits for ever. At most 65536 arms.
MAYSWITCH int go_select(GoCase *cases, int ncases, bool block);

// --- synchronisation -------------------------------------------------------------------------

// Semaphore: waits until *sema > 0, then subtracts one. Only the goroutine sleeps, never a worker.
MAYSWITCH void go_semacquire(uint32_t *sema);
void go_semrelease(uint32_t *sema);

typedef struct GoMutex {
	uint32_t state, sema, holder;
} GoMutex;
typedef struct GoRWMutex {
	GoMutex w;
	uint32_t wsema, rsema;
	int32_t readers, departing;
} GoRWMutex;
typedef struct GoWaitGroup {
	uint64_t state;
	uint32_t sema;
} GoWaitGroup;
typedef struct GoOnce {
	uint32_t done;
	GoMutex m;
} GoOnce;
typedef struct GoCond {
	GoMutex *l;
	uint32_t lock[2];
	void *head, *tail;
} GoCond;

// Not recursive. A goroutine that has waited for more than 1 ms is handed the lock.
MAYSWITCH void go_mutex_lock(GoMutex *m);
bool go_mutex_trylock(GoMutex *m);
// Fatal: "sync: unlock of unlocked mutex".
void go_mutex_unlock(GoMutex *m);

MAYSWITCH void go_rwmutex_rlock(GoRWMutex *m);
void go_rwmutex_runlock(GoRWMutex *m);
MAYSWITCH void go_rwmutex_lock(GoRWMutex *m);
void go_rwmutex_unlock(GoRWMutex *m);

// Panics: "sync: negative WaitGroup counter".
void go_waitgroup_add(GoWaitGroup *wg, int delta);
void go_waitgroup_done(GoWaitGroup *wg);
MAYSWITCH void go_waitgroup_wait(GoWaitGroup *wg);

// Runs fn(arg) once. A caller that comes while fn runs waits until it has ended. A panic or go_exit
// in fn counts as having run.
MAYSWITCH void go_once_do(GoOnce *once, GoFunc fn, void *arg);

// Set cond->l before; the caller of wait must hold it.
MAYSWITCH void go_cond_wait(GoCond *cond);
void go_cond_signal(GoCond *cond);
void go_cond_broadcast(GoCond *cond);

// --- time ------------------------------------------------------------------------------------

#define GO_MICROSECOND INT64_C(1000)
#define GO_MILLISECOND INT64_C(1000000)
#define GO_SECOND INT64_C(1000000000)

// Monotonic clock, nanoseconds since some start.
int64_t go_nanotime(void);
// ns <= 0 returns at once.
MAYSWITCH void go_sleep(int64_t ns);

typedef struct GoTimer GoTimer;
// Runs fn(arg) after ns nanoseconds in a goroutine of its own. With period > 0 it repeats that;
// missed ticks are skipped.
GoTimer *go_timer_start(int64_t ns, int64_t period, GoFunc fn, void *arg);
// True if the timer was still pending. fn may still be running.
bool go_timer_stop(GoTimer *t);
// The timer fires after ns from now. True if it was still pending.
bool go_timer_reset(GoTimer *t, int64_t ns);
// Stops and frees it. Nobody may use t afterwards.
void go_timer_free(GoTimer *t);

// A channel of int64_t that gets one value, the time, after ns. go_chan_free also stops it.
GoChan *go_after(int64_t ns);

typedef struct GoTicker GoTicker;
// Sends the time on its channel every ns. A slow receiver misses ticks.
// Panics: "non-positive interval for NewTicker".
GoTicker *go_ticker_start(int64_t ns);
// The channel belongs to the ticker. Do not close or free it.
GoChan *go_ticker_chan(GoTicker *t);
void go_ticker_stop(GoTicker *t);
// Panics: "non-positive interval for Ticker.Reset".
void go_ticker_reset(GoTicker *t, int64_t ns);
// Stops the ticker, and frees it and its channel.
void go_ticker_free(GoTicker *t);

// --- panics ----------------------------------------------------------------------------------

// Panics with a copy of the text: runs deferred calls, newest first, up to the innermost
// go_protect, which then returns. Without a go_protect it prints "panic: text" and the stack of
// every goroutine, and ends the program with status 2. At most 240 bytes of the text are kept.
MAYSWITCH _Noreturn void go_panic(const char *text);
// Runs fn(arg) and then the calls that fn deferred. Returns NULL if fn returned, else the text of
// its panic, which is valid until the goroutine's next panic. Locals of the caller that fn changed
// keep their value. go_exit passes through it.
MAYSWITCH const char *go_protect(GoFunc fn, void *arg);
// Defers fn(arg): it runs when the function of the innermost go_protect ends, or the goroutine,
// in whatever way. (C has no place to run it when an ordinary function returns.)
void go_defer(GoFunc fn, void *arg);

// --- memory ----------------------------------------------------------------------------------

// Allocates n bytes of collected memory: zeroed, 8-aligned, or 16-aligned if n is a multiple of 16.
// Nobody frees a block. It is free when no pointer to any byte of it is left in a variable, on a
// stack, in a block of go_alloc or of malloc. Store pointers whole, at addresses that are multiples
// of 4. Hidden pointers (in files, in xor-ed lists, in JavaScript) do not count. Never fails: if
// there is no memory, the program ends with a message. May run a collection first.
//
// To find pointers that the collector does not see: GODEBUG=clobberfree=1 fills free blocks with
// 0xdeadbeef, and checks a block of up to 32 KiB before it is used again. If somebody has written
// to it, the program dies and prints the block, its size, and who had allocated it, if the heap
// profile has sampled that (memprofilerate=1 samples all). gcstress=N collects more often.
MAYSWITCH void *go_alloc(size_t n);
// The same for bytes without pointers to collected memory: texts, pixels, numbers.
MAYSWITCH void *go_alloc_noscan(size_t n);

// Calls fn(p) when the block of go_alloc that begins at p cannot be reached any more. One goroutine
// runs all finalizers, one after the other. If a block with a finalizer points to another one, that
// one has to wait; in a circle of such blocks no finalizer is called. A NULL fn removes the
// finalizer. Fatal: p is not the beginning of such a block.
void go_set_finalizer(void *p, GoFunc fn);

// Makes a weak reference to p, an address in a block of go_alloc. It gives the address as long as
// something else keeps that block. It is cleared before the block's finalizer runs. While it is in
// use, another call for the same address gives the same GoWeak, which is collected memory itself.
// NULL for NULL. Fatal: p is not in such a block. After Go's package weak.
typedef struct GoWeak GoWeak;
MAYSWITCH GoWeak *go_weak_make(void *p);
// The address. NULL if nothing else has kept the block, or for NULL.
void *go_weak_value(const GoWeak *weak);

// Runs a collection. When it returns, everything that was unreachable is free.
MAYSWITCH void go_gc(void);
// Sets by how many percent the heap of go_alloc grows until the next collection (GOGC, default
// 100). Negative: only the memory limit begins collections. Returns the old value. Stops the world.
MAYSWITCH int go_set_gc_percent(int percent);
// Sets a limit for all memory that is in use: malloc's, stacks, workers, static data and the
// runtime's own included (GOMEMLIMIT, default 3500 MiB). Collections run as often as it takes to
// stay below it, if live data allows that. Negative: only returns the limit. Returns the old value.
// Stops the world.
MAYSWITCH int64_t go_set_memory_limit(int64_t bytes);

// Blocks of one size, or a little smaller.
typedef struct GoSizeStats GoSizeStats;
struct GoSizeStats {
	uint32_t size;
	uint64_t mallocs, frees;
};

// Memory, in bytes and blocks. mallocs - frees blocks are in use. A block of go_alloc counts as
// freed when it has been swept.
typedef struct GoMemStats GoMemStats;
struct GoMemStats {
	uint64_t alloc, total_alloc;       // blocks in use; ever
	uint64_t sys;                      // all that was taken of the linear memory
	uint64_t lookups;                  // 0
	uint64_t mallocs, frees;           // blocks
	uint64_t heap_alloc, heap_sys;     // as alloc; pages of blocks and free ones
	uint64_t heap_idle, heap_inuse;    // of these: free; in use
	uint64_t heap_released;            // 0: linear memory cannot shrink
	uint64_t heap_objects;             // mallocs - frees
	uint64_t stack_inuse, stack_sys;   // of goroutines
	uint64_t frames;                   // of stack_inuse: suspended frames
	uint64_t mspan_inuse, mspan_sys;   // records of runs of pages
	uint64_t mcache_inuse, mcache_sys; // what each P has at hand
	uint64_t buck_hash_sys;            // the heap profile's tables
	uint64_t gc_sys, other_sys;        // other records of allocator and collector; the rest
	uint64_t next_gc, last_gc;         // bytes; go_nanotime, 0 never
	uint64_t pause_total_ns;           // while the world was stopped
	uint64_t pause_ns[256];            // the last ones: of collection n at (n + 255) % 256
	uint32_t num_gc;
	bool enable_gc, debug_gc;
	uint64_t malloc_bytes, malloc_blocks;       // of heap_alloc: malloc's
	uint64_t collected_bytes, collected_blocks; // of heap_alloc: go_alloc's
	GoSizeStats by_size[61];                    // unused ones have size 0
};
// Stops the world for a moment.
MAYSWITCH void go_read_mem_stats(GoMemStats *stats);

// --- looking ---------------------------------------------------------------------------------

// A stack, innermost first: pcs[0 .. first 0), or all 32.
typedef struct GoStackRecord GoStackRecord;
struct GoStackRecord {
	uintptr_t pcs[32];
};

typedef struct GoFrame GoFrame;
struct GoFrame {
	const char *func; // never NULL; "" unknown
	const char *file; // "" unknown
	int line;
	uintptr_t entry; // pc of the function's entry
	bool inlined;    // was merged into the next frame by the compiler
};

// Writes the stack of this goroutine, or, with all, the stacks of all goroutines, as Go prints
// them. Returns the number of bytes; if that is size, the text has probably been cut. With all, the
// world is stopped for a moment.
MAYSWITCH size_t go_stack(char *buf, size_t size, bool all);
// The pcs of the caller, innermost first, without the first skip frames (0: the caller of
// go_callers comes first). Returns how many there are.
MAYSWITCH size_t go_callers(int skip, uintptr_t *pcs, size_t max);
// The functions at a pc, inlined ones first. Fills at most max, and returns how many there are (0:
// the pc is unknown).
size_t go_func_for_pc(uintptr_t pc, GoFrame *frames, size_t max);
// The stacks of all goroutines, the caller's first. *n is how many there are. True if they fit into
// records[0..max). Else nothing was written: call again with a larger max.
MAYSWITCH bool go_goroutine_profile(GoStackRecord *records, size_t max, size_t *n);
// The same for leaked goroutines. A goroutine is leaked if it waits for a channel, lock, wait group
// or condition, and neither a goroutine that can run nor a variable of the program leads to that.
// No goroutine that can go on is reported; a stale word may hide a leaked one, as in a collection.
// *n is SIZE_MAX if it cannot be told: for a second some goroutine was always in code whose locals
// nobody sees (foreign code; in a program without go_alloc all code that cannot wait). Stops the
// world. After Go 1.26's goroutineleak profile.
MAYSWITCH bool go_goroutine_leak_profile(GoStackRecord *records, size_t max, size_t *n);
// Allocations of malloc and go_alloc with one stack.
typedef struct GoMemProfileRecord GoMemProfileRecord;
struct GoMemProfileRecord {
	uint64_t alloc_bytes, free_bytes;     // of sampled blocks; what a block takes, not what was
	uint64_t alloc_objects, free_objects; // asked for
	uintptr_t pcs[32];                    // innermost first; the rest 0
};

// The heap profile as of the end of the last collection; the stack that allocated first comes last.
// Without inuse_zero only stacks of which blocks are in use. *n is how many stacks there are. True
// if they fit into records[0..max). Else nothing was written: call again with a larger max. Before
// the first collection the figures are those of the first call.
bool go_mem_profile(GoMemProfileRecord *records, size_t max, size_t *n, bool inuse_zero);
// Sets the rate of the heap profile: one block is sampled in about so many bytes. 1 samples every
// block, 0 none. The default is what GODEBUG=memprofilerate says, or 512 KiB; it becomes coarser
// where sampling would take more than a hundredth of the time. A rate that is set here does not
// change. Returns the old rate. Stops the world for a moment.
MAYSWITCH int go_set_mem_profile_rate(int rate);
// Waits with one stack, or waits that one stack caused. Estimated from those that were sampled.
typedef struct GoBlockProfileRecord GoBlockProfileRecord;
struct GoBlockProfileRecord {
	int64_t count, ns; // how many, and how long together
	uintptr_t pcs[32]; // innermost first; the rest 0
};

// The block profile: where goroutines wait for channels, select, semaphores and the objects of
// "sync" above. Sleeping does not count, nor does a NULL channel. A wait is counted when it ends:
// always if it took ns nanoseconds or more, else with a probability of its length / ns. 1 counts
// every wait; 0, the default, none.
void go_set_block_profile_rate(int64_t ns);
// The mutex profile: which unlocks of a GoMutex or GoRWMutex other goroutines waited for. A wait is
// charged to the stack that ended it. One wait in n is counted; 0, the default: none. n < 0 changes
// nothing. Returns the old n. An unlock that is counted takes some tens of microseconds.
int go_set_mutex_profile_fraction(int n);
// The two profiles since the program began, newest stack first. *n is how many stacks there are.
// True if they fit into records[0..max). Else nothing was written: call again with a larger max.
bool go_block_profile(GoBlockProfileRecord *records, size_t max, size_t *n);
bool go_mutex_profile(GoBlockProfileRecord *records, size_t max, size_t *n);
// Starts a CPU profile with hz samples (at most 1,000,000; 100 is usual) for each second in which a
// worker runs goroutines. 0 ends it. If a profile runs, or has not been read to its end, a rate is
// refused with a message on standard error. Samples are taken when a goroutine leaves its worker
// and at polls. So the time of a loop without a poll (--polls none, GO_NOPOLL, libc) is charged to
// the code that comes next.
void go_set_cpu_profile_rate(int hz);
// Waits for the next words of the profile, and returns how many there are; 0: there are no more, or
// there is no profile. The words stay valid until the next call. The whole profile is
//
//	0, 3, 0, period in microseconds, 0    then
//	count, depth, pcs, innermost first    for each stack, perhaps more than once
//	0, 1, 0                               at the end
//
// go_func_for_pc gives a name for each pc. The outermost one may be the goroutine's label; the only
// one may be "lost profile data", "runtime.scheduler" or "runtime.gc".
MAYSWITCH size_t go_cpu_profile(const uintptr_t **words);
// A profile of the program's own: a set of values, for example open files, each with the stack that
// added it. Panics: an empty name, a name that is taken, a value that is added twice. There can be
// 128 profiles; none is ever removed.
typedef struct GoProfile GoProfile;
MAYSWITCH GoProfile *go_profile_new(const char *name);
// Finds a profile of the program's own. NULL: there is none.
GoProfile *go_profile_lookup(const char *name);
// Adds a value with the stack of the caller, without its first skip functions.
MAYSWITCH void go_profile_add(GoProfile *p, const void *value, int skip);
// Removes a value. Nothing happens if it is not there.
void go_profile_remove(GoProfile *p, const void *value);
size_t go_profile_count(GoProfile *p);
// The stacks that made the workers, newest first; as go_goroutine_profile.
MAYSWITCH bool go_thread_create_profile(GoStackRecord *records, size_t max, size_t *n);

// --- NULL ------------------------------------------------------------------------------------

// A NULL argument is Go's panic for a nil pointer. The check is made in the caller, which can be
// unwound, so that the functions themselves, which are short, need not be instrumented.
MAYSWITCH _Noreturn void go_nil_(void);

#ifndef RT_BASE_H // not for the runtime's own calls
#ifdef __clang__
#define GO_NOFRAME_ __attribute__((nodebug)) // the frame is the caller's
#else
#define GO_NOFRAME_
#endif
#define GO_CHECKED_IF_(nil, result, give, name, params, args)             \
	GO_NOFRAME_ static inline MAYSWITCH result name##_checked_ params \
	{                                                                 \
		if (__builtin_expect(nil, 0))                             \
			go_nil_();                                        \
		give name args;                                           \
	}
#define GO_CHECKED_(...) GO_CHECKED_IF_(!p, __VA_ARGS__)
#define GO_FILLED_(...) GO_CHECKED_IF_(!n || (max > 0 && !records), bool, return, __VA_ARGS__)
// clang-format off
GO_CHECKED_(void, , go_mutex_unlock, (GoMutex *p), (p))
GO_CHECKED_(bool, return, go_mutex_trylock, (GoMutex *p), (p))
GO_CHECKED_(void, , go_rwmutex_runlock, (GoRWMutex *p), (p))
GO_CHECKED_(void, , go_rwmutex_unlock, (GoRWMutex *p), (p))
GO_CHECKED_(void, , go_semrelease, (uint32_t *p), (p))
GO_CHECKED_(void, , go_cond_signal, (GoCond *p), (p))
GO_CHECKED_(void, , go_cond_broadcast, (GoCond *p), (p))
GO_CHECKED_(bool, return, go_timer_stop, (GoTimer *p), (p))
GO_CHECKED_(bool, return, go_timer_reset, (GoTimer *p, int64_t ns), (p, ns))
GO_CHECKED_(GoChan *, return, go_ticker_chan, (GoTicker *p), (p))
GO_CHECKED_(void, , go_ticker_stop, (GoTicker *p), (p))
GO_CHECKED_(void, , go_ticker_reset, (GoTicker *p, int64_t ns), (p, ns))
GO_CHECKED_(void, , go_profile_remove, (GoProfile *p, const void *value), (p, value))
GO_CHECKED_(size_t, return, go_profile_count, (GoProfile *p), (p))
GO_CHECKED_(GoProfile *, return, go_profile_lookup, (const char *p), (p))
GO_CHECKED_IF_(max > 0 && !frames, size_t, return, go_func_for_pc,
               (uintptr_t pc, GoFrame *frames, size_t max), (pc, frames, max))
GO_FILLED_(go_mem_profile, (GoMemProfileRecord *records, size_t max, size_t *n, bool inuse_zero),
           (records, max, n, inuse_zero))
GO_FILLED_(go_block_profile, (GoBlockProfileRecord *records, size_t max, size_t *n),
           (records, max, n))
GO_FILLED_(go_mutex_profile, (GoBlockProfileRecord *records, size_t max, size_t *n),
           (records, max, n))
// clang-format on
#define go_profile_lookup(...) go_profile_lookup_checked_(__VA_ARGS__)
#define go_func_for_pc(...) go_func_for_pc_checked_(__VA_ARGS__)
#define go_mem_profile(...) go_mem_profile_checked_(__VA_ARGS__)
#define go_block_profile(...) go_block_profile_checked_(__VA_ARGS__)
#define go_mutex_profile(...) go_mutex_profile_checked_(__VA_ARGS__)
#define go_mutex_unlock(...) go_mutex_unlock_checked_(__VA_ARGS__)
#define go_mutex_trylock(...) go_mutex_trylock_checked_(__VA_ARGS__)
#define go_rwmutex_runlock(...) go_rwmutex_runlock_checked_(__VA_ARGS__)
#define go_rwmutex_unlock(...) go_rwmutex_unlock_checked_(__VA_ARGS__)
#define go_semrelease(...) go_semrelease_checked_(__VA_ARGS__)
#define go_cond_signal(...) go_cond_signal_checked_(__VA_ARGS__)
#define go_cond_broadcast(...) go_cond_broadcast_checked_(__VA_ARGS__)
#define go_timer_stop(...) go_timer_stop_checked_(__VA_ARGS__)
#define go_timer_reset(...) go_timer_reset_checked_(__VA_ARGS__)
#define go_ticker_chan(...) go_ticker_chan_checked_(__VA_ARGS__)
#define go_ticker_stop(...) go_ticker_stop_checked_(__VA_ARGS__)
#define go_ticker_reset(...) go_ticker_reset_checked_(__VA_ARGS__)
#define go_profile_remove(...) go_profile_remove_checked_(__VA_ARGS__)
#define go_profile_count(...) go_profile_count_checked_(__VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif

#include "worldsema_context.h" // cancellation, and groups of goroutines
#include "worldsema_host.h"    // JavaScript: calls both ways

#endif
