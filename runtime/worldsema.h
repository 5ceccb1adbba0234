#ifndef WORLDSEMA_H
#define WORLDSEMA_H

// worldsema: goroutines, channels and select for C, and a window into them.
//
// The only header a program includes. Sizes are size_t in bytes, times int64_t in nanoseconds.
// A function marked MAYSWITCH may park the goroutine; it may go on on another worker, so no
// address of a thread-local (errno included) is to be kept across such a call. Also any loop of
// the program's own code may be preempted. Sync objects are ready when zeroed, must not be
// copied once used, and need no destruction.
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

// Where a go statement stands; made by the macros below, shown as "created by".
typedef struct GoSite GoSite;
struct GoSite {
	const char *func;
	const char *file;
	int line;
};

// Starts fn(arg) as a goroutine with the default stack (8 KiB). The arg must stay valid for as
// long as fn uses it. Never blocks. After Go's go statement.
//
// In C++ it is a function, so that methods may have its name.
#ifndef __cplusplus
#define go(...) go_at(__VA_ARGS__, 0, GO_SITE)
#endif
// The same with a stack of at least the given bytes (minimum 1 KiB, maximum 256 MiB).
#define go_with_stack(...) go_at(__VA_ARGS__, GO_SITE)
#define GO_SITE                                                             \
	(__extension__({                                                    \
		static const GoSite site_ = {__func__, __FILE__, __LINE__}; \
		&site_;                                                     \
	}))
void go_at(GoFunc fn, void *arg, size_t stack_bytes, const GoSite *site);
#ifdef __cplusplus
const GoSite *go_site_(const char *func, const char *file, int line);
static inline __attribute__((always_inline)) void
go(GoFunc fn, void *arg, const char *func = __builtin_FUNCTION(),
   const char *file = __builtin_FILE(), int line = __builtin_LINE())
{
	go_at(fn, arg, 0, go_site_(func, file, line));
}
#endif

// The calling goroutine's id: main is 1, ids only grow and are never used again.
uint64_t go_id(void);
// Lets others run; the caller goes to the end of the queue.
MAYSWITCH void go_gosched(void);
// Runs the deferred calls and ends this goroutine. Called by main: the others go on, and when
// they are done the program dies of a deadlock, as in Go.
MAYSWITCH _Noreturn void go_exit(void);
// Goroutines that exist, service goroutines not counted.
int go_num_goroutine(void);
// Sets how many goroutines may run at once and returns the old number; n < 1 only asks.
// Stops the world. At most 256.
MAYSWITCH int go_max_procs(int n);
// Cores of the machine.
int go_num_cpu(void);
// Binds the goroutine to its worker until unlocked as often, or until it ends.
void go_lock_os_thread(void);
void go_unlock_os_thread(void);
// Around a call that may block the worker's thread (JavaScript that waits; libc's own waits do it
// by themselves): meanwhile the worker's P is another's, and GOMAXPROCS goroutines go on. Nothing
// else of this header may be called in between. In dumps: [syscall], with the frames at the entry.
MAYSWITCH void go_entersyscall(void);
MAYSWITCH void go_exitsyscall(void);
// How often a goroutine blocked its worker because it waited in a callback from foreign code.
uint64_t go_blocked_callbacks(void);
// Names the calling goroutine, and those that it starts from now on, in dumps, goroutine and CPU
// profiles. The text must stay valid; NULL removes it.
void go_set_label(const char *text);

// --- two kinds of code -----------------------------------------------------------------------
//
// Goroutine code may wait anywhere and go on on another worker; the link step instruments what can
// get to such a place. All other code runs at full speed: a function of the program that only
// computes, libraries, libc. It is dumped and preempted too, but in place: its frames stay on their
// worker, which another one stands in for. When such code calls back into goroutine code that
// waits, the worker is blocked until that goes on (go_blocked_callbacks), and a panic must be
// caught (go_protect) before it reaches the foreign frames.
//
// Collected memory (go_alloc) that goroutine code hands to other code, or holds itself, stays for
// the time of the call, with what can be reached from there. The collector does not see the locals
// of other
// code: what that takes out of a block, or allocates, and holds nowhere else, its caller must keep.
//
// Marks for functions that are not static, written before the whole of a definition:
//
//	GO_NOPOLL(crc32) uint32_t crc32(const void *p, size_t n) { ...

// Never instrumented, whatever it calls.
#define GO_FOREIGN(name) GO_MARK_("foreign", name) __attribute__((noinline))
// Linking fails, and prints the chain of calls, if this function could be suspended.
#define GO_NOSUSPEND(name) GO_MARK_("nosuspend", name)
// Without polls: its loops can be neither stopped nor preempted. For short ones that must be fast.
#define GO_NOPOLL(name) GO_MARK_("nopoll", name) __attribute__((noinline))

// Keeps what p points to alive up to here.
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

// A channel of cap elements (0: unbuffered) of elem_size bytes (at most 64 KiB).
// Panics: "makechan: size out of range". A channel is freed by go_chan_free or never.
GoChan *go_chan_make(size_t elem_size, ptrdiff_t cap);
// Frees a channel that nobody uses any more; panics when somebody still waits on it.
void go_chan_free(GoChan *c);
// Sends the element at *elem; waits for room or a receiver. On NULL: for ever.
// Panics: "send on closed channel".
MAYSWITCH void go_chan_send(GoChan *c, const void *elem);
// Receives into *elem (NULL: discards). False, and a zeroed element, when closed and drained.
MAYSWITCH bool go_chan_recv(GoChan *c, void *elem);
// The same without waiting. True when sent.
MAYSWITCH bool go_chan_try_send(GoChan *c, const void *elem);
// True when something was received, or the channel is closed; *ok (may be NULL) tells which.
MAYSWITCH bool go_chan_try_recv(GoChan *c, void *elem, bool *ok);
// Panics: "close of nil channel", "close of closed channel".
void go_chan_close(GoChan *c);
size_t go_chan_len(const GoChan *c);
size_t go_chan_cap(const GoChan *c);

typedef enum GoDir { GO_SEND, GO_RECV } GoDir;

// One arm of a select. elem is what to send or where to receive (NULL: discard);
// ok tells after a receive whether a value came (false: closed). chan NULL: never ready.
typedef struct GoCase GoCase;
struct GoCase {
	GoChan *chan;
	GoDir dir;
	void *elem;
	bool ok;
};

// Does one ready arm, chosen at random, and returns its index. With none ready: waits when block,
// else returns -1. No arms and block: waits for ever. At most 65536 arms.
MAYSWITCH int go_select(GoCase *cases, int ncases, bool block);

// --- synchronisation -------------------------------------------------------------------------

// Semaphore: waits until *sema > 0, then takes one. A goroutine-level sleep; a worker never
// blocks.
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

// Fair under starvation: who waits over 1 ms is handed the lock. Not recursive.
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

// Runs fn(arg) once; whoever comes while it runs waits for it. A panic or go_exit in fn counts
// as having run.
MAYSWITCH void go_once_do(GoOnce *once, GoFunc fn, void *arg);

// cond->l must be set and held by the caller of wait.
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
// After ns nanoseconds runs fn(arg) in a goroutine of its own; period > 0 repeats it (missed
// ticks are skipped).
GoTimer *go_timer_start(int64_t ns, int64_t period, GoFunc fn, void *arg);
// True when the timer was still pending. fn may still be running.
bool go_timer_stop(GoTimer *t);
// Pending again after ns; true when it was still pending.
bool go_timer_reset(GoTimer *t, int64_t ns);
// Stops and frees it. Nobody may use t afterwards.
void go_timer_free(GoTimer *t);

// A channel of int64_t (the time) that receives one value after ns. go_chan_free stops it, too.
GoChan *go_after(int64_t ns);

typedef struct GoTicker GoTicker;
// Sends the time on its channel every ns; slow receivers miss ticks.
// Panics: "non-positive interval for NewTicker".
GoTicker *go_ticker_start(int64_t ns);
// Belongs to the ticker; closing or freeing it is not for the receiver.
GoChan *go_ticker_chan(GoTicker *t);
void go_ticker_stop(GoTicker *t);
// Panics: "non-positive interval for Ticker.Reset".
void go_ticker_reset(GoTicker *t, int64_t ns);
// Stops it and frees it with its channel.
void go_ticker_free(GoTicker *t);

// --- panics ----------------------------------------------------------------------------------

// Begins to panic with a copy of the text: runs deferred calls, newest first, up to the
// innermost go_protect, which then returns. Without one: prints "panic: text" and every
// goroutine's stack, and ends the program with status 2. At most 240 bytes of text are kept.
MAYSWITCH _Noreturn void go_panic(const char *text);
// Runs fn(arg) and then the calls it deferred. NULL when it returned, else the text of its panic,
// valid until the goroutine's next panic. Locals of the caller changed by fn keep their value.
// go_exit passes through it.
MAYSWITCH const char *go_protect(GoFunc fn, void *arg);
// fn(arg) is to run when the innermost go_protect's function, or the goroutine, ends in whatever
// way. C has no place to run it when an ordinary function returns.
void go_defer(GoFunc fn, void *arg);

// --- memory ----------------------------------------------------------------------------------

// n bytes, zeroed, 8-aligned (16-aligned if n is a multiple of 16), that nobody frees: they are
// free when no pointer to any byte of them is left in a variable, on a stack, in a block of
// go_alloc or of malloc. Pointers must be stored whole, at addresses that are multiples of 4;
// hidden ones (in files, xor-ed lists, JavaScript) do not count. Never fails: without memory the
// program ends and says so. May let a collection run first.
//
// To find pointers that the collector did not see: GODEBUG=clobberfree=1 fills with 0xdeadbeef what
// is free, and looks a block of up to 32 KiB over before it is used again. If somebody wrote to it
// meanwhile the program dies and tells the block, its size and who had allocated it, if the heap
// profile sampled that (memprofilerate=1 samples all). gcstress=N collects more often.
MAYSWITCH void *go_alloc(size_t n);
// The same for bytes that hold no pointers to such memory: texts, pixels, numbers.
MAYSWITCH void *go_alloc_noscan(size_t n);

// fn(p) is to be called when the block of go_alloc that begins at p cannot be reached any more, on
// a goroutine that runs all finalizers, one after the other. A block that another one with a
// finalizer points to has to wait for that one; in a circle of them none is called. NULL removes
// it. Fatal: p is not the beginning of such a block.
void go_set_finalizer(void *p, GoFunc fn);

// A weak reference: it tells the address p, in or at the beginning of a block of go_alloc, for as
// long as something else keeps that block. It is cleared before the block's finalizer runs. Equal
// addresses have the same GoWeak while it is in use; it is collected memory itself. NULL for NULL.
// Fatal: p is not in such a block. After Go's package weak.
typedef struct GoWeak GoWeak;
MAYSWITCH GoWeak *go_weak_make(void *p);
// The address, or NULL when nothing else kept the block, or for NULL.
void *go_weak_value(const GoWeak *weak);

// Collects now, and returns when all that was unreachable is free.
MAYSWITCH void go_gc(void);
// Collect when the heap of go_alloc has grown by so many percent since the last time (GOGC, default
// 100); negative: only for the memory limit. Returns the old value. Stops the world.
MAYSWITCH int go_set_gc_percent(int percent);
// Collect as often as it takes to stay below so many bytes of all that is in use: malloc's memory,
// stacks, workers, static data and the runtime's own included (GOMEMLIMIT,
// default 3500 MiB), if what is live allows it. Negative only asks. Returns the old value. Stops
// the world.
MAYSWITCH int64_t go_set_memory_limit(int64_t bytes);

// Blocks of one size, or a little smaller.
typedef struct GoSizeStats GoSizeStats;
struct GoSizeStats {
	uint32_t size;
	uint64_t mallocs, frees;
};

// Memory, in bytes and blocks. [mallocs - frees] is what is in use; of go_alloc's memory a block
// counts as freed when it was swept.
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

// Writes this goroutine's stack, or with all everybody's, as Go prints it, and returns the number
// of bytes: n == size means that it was probably cut. With all the world is stopped for a moment.
MAYSWITCH size_t go_stack(char *buf, size_t size, bool all);
// The caller's pcs, innermost first, after leaving out skip frames (0: the caller of go_callers
// itself is the first). Returns how many.
MAYSWITCH size_t go_callers(int skip, uintptr_t *pcs, size_t max);
// The functions at a pc, inlined ones first; returns how many there are (0: unknown pc) and
// fills at most max.
size_t go_func_for_pc(uintptr_t pc, GoFrame *frames, size_t max);
// Stacks of all goroutines, caller first. *n is how many there are; true when they fitted in
// records[0..max), else nothing was written and max is to be raised.
MAYSWITCH bool go_goroutine_profile(GoStackRecord *records, size_t max, size_t *n);
// The same of those that wait for what nobody can ever give: no other goroutine that could run, and
// no variable of the program, leads to the channel, lock, wait group or condition. None is called
// leaked that could go on; a stale word may hide one, as in a collection. *n SIZE_MAX: it cannot be
// told, because for a second some goroutine was always in code whose locals nobody sees (foreign
// code; in a program without go_alloc all code that cannot wait). Stops the world. After Go 1.26's
// goroutineleak profile.
MAYSWITCH bool go_goroutine_leak_profile(GoStackRecord *records, size_t max, size_t *n);
// Allocations of one stack, malloc's and go_alloc's.
typedef struct GoMemProfileRecord GoMemProfileRecord;
struct GoMemProfileRecord {
	uint64_t alloc_bytes, free_bytes;     // of sampled blocks; what a block takes, not what was
	uint64_t alloc_objects, free_objects; // asked for
	uintptr_t pcs[32];                    // innermost first; the rest 0
};

// The heap profile, as of the end of the last collection: the stack that allocated newest first. *n
// is how many stacks there are, without inuse_zero only those of whose blocks some are in use; true
// when they fitted in records[0..max), else nothing was written and max is to be raised. As long as
// there was no collection the figures are those of the first look.
bool go_mem_profile(GoMemProfileRecord *records, size_t max, size_t *n, bool inuse_zero);
// One block in about so many bytes is sampled: 1 every block, 0 none, or what
// GODEBUG=memprofilerate says. The default is 512 KiB, or coarser where sampling would take more
// than a hundredth of the time; what is asked for is kept to. Returns the old rate. Stops the world
// for a moment.
MAYSWITCH int go_set_mem_profile_rate(int rate);
// Waits at one stack, or that one stack made others wait: estimates, from those that were sampled.
typedef struct GoBlockProfileRecord GoBlockProfileRecord;
struct GoBlockProfileRecord {
	int64_t count, ns; // how many, and how long together
	uintptr_t pcs[32]; // innermost first; the rest 0
};

// The block profile: where goroutines wait for channels, select, semaphores and what is in this
// header's "sync" part (not for time, nor for a nil channel). A wait is counted when it ends:
// always if it took ns nanoseconds or more, else with a chance of its length / ns. 1 counts every
// wait; 0, the default, none.
void go_set_block_profile_rate(int64_t ns);
// The mutex profile: which unlocks others waited for, a GoMutex or a GoRWMutex; the wait is charged
// to the stack that ended it. One in n is counted, 0, the default, none; n < 0 changes nothing.
// Returns the old n. What is counted costs the unlock some tens of microseconds.
int go_set_mutex_profile_fraction(int n);
// Both since the program began, newest stack first. *n is how many there are; true when they fitted
// in records[0..max), else nothing was written and max is to be raised.
bool go_block_profile(GoBlockProfileRecord *records, size_t max, size_t *n);
bool go_mutex_profile(GoBlockProfileRecord *records, size_t max, size_t *n);
// Starts a CPU profile: hz samples (at most 1,000,000) for each second that a worker runs
// goroutines; 100 is usual. 0 ends it. A rate for a profile that runs, or has not been read to its
// end, is refused with a message on standard error. Samples are taken when a goroutine leaves and
// at polls: a loop without a poll (--polls none, GO_NOPOLL, libc) is charged to what comes next.
void go_set_cpu_profile_rate(int hz);
// Waits for the next words of the profile, which stay until the next call, and returns how many
// there are; 0: there are no more, or no profile. The whole of it is
//
//	0, 3, 0, period in microseconds, 0    then
//	count, depth, pcs, innermost first    for each stack, perhaps more than once
//	0, 1, 0                               at the end
//
// go_func_for_pc has names for all the pcs: the outermost may be the goroutine's label, and the
// only one "lost profile data", "runtime.scheduler" or "runtime.gc".
MAYSWITCH size_t go_cpu_profile(const uintptr_t **words);
// A profile of the program's own: what it has open, each with the stack that opened it. An empty
// name, one that is taken, and a value that is added twice are panics. At most 128, which stay.
typedef struct GoProfile GoProfile;
MAYSWITCH GoProfile *go_profile_new(const char *name);
// NULL: there is none. Of those made so.
GoProfile *go_profile_lookup(const char *name);
// With the stack of the caller; skip > 0 leaves out so many functions.
MAYSWITCH void go_profile_add(GoProfile *p, const void *value, int skip);
// Nothing happens if it is not there.
void go_profile_remove(GoProfile *p, const void *value);
size_t go_profile_count(GoProfile *p);
// Stacks that made the workers, newest first. Same contract.
MAYSWITCH bool go_thread_create_profile(GoStackRecord *records, size_t max, size_t *n);

// --- NULL ------------------------------------------------------------------------------------

// NULL where one of these must be is Go's panic for it. It is told where the call stands, in code
// that can be unwound, so that the functions themselves, which are quick, need not be.
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

#include "worldsema_host.h" // JavaScript: calls both ways

#endif
