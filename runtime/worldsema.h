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
#define go(fn, arg) go_at(fn, arg, 0, GO_SITE)
// The same with a stack of at least the given bytes (minimum 1 KiB, maximum 256 MiB).
#define go_with_stack(fn, arg, stack_bytes) go_at(fn, arg, stack_bytes, GO_SITE)
#define GO_SITE                                                             \
	(__extension__({                                                    \
		static const GoSite site_ = {__func__, __FILE__, __LINE__}; \
		&site_;                                                     \
	}))
void go_at(GoFunc fn, void *arg, size_t stack_bytes, const GoSite *site);

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
// Around a call that may block the worker's thread (a libc call that sleeps, JavaScript that
// waits): meanwhile the worker's P is another's, and GOMAXPROCS goroutines go on. Nothing else of
// this header may be called in between. In dumps: [syscall], with the frames at the entry.
MAYSWITCH void go_entersyscall(void);
MAYSWITCH void go_exitsyscall(void);
// Names the calling goroutine in dumps. The text must stay valid; NULL removes it.
void go_set_label(const char *text);

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
	uint32_t state, sema;
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

// Writes this goroutine's stack, or with all everybody's, as Go prints it, and returns the number of bytes:
// n == size means that it was probably cut. With all the world is stopped for a moment.
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
// Stacks that made the workers, newest first. Same contract.
bool go_thread_create_profile(GoStackRecord *records, size_t max, size_t *n);

#ifdef __cplusplus
}
#endif

#endif
