#ifndef RT_OS_H
#define RT_OS_H

// What the machine under the runtime must supply. Two machines exist: wasm/ (Web Workers and
// Asyncify) and tests/native/ (pthreads and ucontext, for sanitizers). A machine includes
// headers of base/ only, and defines os_self.h, which self.h includes.

#include "../ask/words.h"
#include "atomic.h"
#include "base.h"

// Monotonic time and wall-clock time, nanoseconds. os_nanotime costs tens of nanoseconds on wasm:
// not for the switch path.
int64_t os_nanotime(void);
// A time of os_nanotime by the host's clock.
int64_t os_hosttime(int64_t ns);

// Sleeps while *addr == val, at most ns nanoseconds (ns < 0: without limit). May wake spuriously.
void os_futexsleep(AtomicU32 *addr, uint32_t val, int64_t ns);

// Wakes at most n sleepers on addr. On wasm this costs 144 ns even when nobody sleeps: call it
// only when a sleeper is known.
void os_futexwakeup(AtomicU32 *addr, uint32_t n);

// Burns about n short pauses.
void os_pause(uint32_t n);

// Arranges for rt_mstart(mp) to run on a thread of its own, some time; never blocks. False: no thread can be
// had. If that turns out later rt_mfailed(mp) is called, by any thread.
bool os_newthread(M *mp);

// Called first thing on the new thread, before anything asks rt_m().
void os_minit(M *mp);

// Writes all n bytes to descriptor 1 or 2 of the program.
void os_write(int fd, const void *p, size_t n);

// There is something for the host's thread (host/call.h). Never blocks.
void os_news(void);

// Ends the process. Never returns.
NORETURN void os_exit(int code);

// Fatal: the report's first lines and its dump go to the host with the exit code; never returns.
// kind: FatalKind (ask/words.h). text and dump are NUL-free bytes that stay valid.
NORETURN void
os_fatal(int kind, const char *text, size_t ntext, const char *dump, size_t ndump, int code);

// Zeroed memory, 64-byte aligned, for ever; NULL when there is none.
void *os_alloc(size_t n);

// The same for the allocator's pages: n is a multiple of 8 KiB, and so is the address. It lies
// within 4 GiB from OS_SPACE, which the machine's os_mem.h defines.
void *os_pages(size_t n);

// Where the program's variables lie; fills at most max and returns how many.
typedef struct OsRange OsRange;
struct OsRange {
	uintptr_t lo, hi;
};
size_t os_roots(OsRange *r, size_t max);
// Where a goroutine that does not run, or is in a host call, keeps its locals: C stack, frames,
// registers.
size_t os_roots_g(const G *gp, OsRange *r, size_t max);
// Copies that an M keeps of the frames of a goroutine in a host call.
OsRange os_roots_m(const M *mp);

// Bytes of memory taken of the system, by os_alloc, os_pages and the program's variables.
uint64_t os_memory(void);

// How many there can be at most.
uint64_t os_maxmemory(void);

// malloc has no memory, and is about to return NULL: errno.
void os_nomemory(void);

// The program's own main, with its arguments.
MAYSWITCH int os_main(void);

// Flushes what the C library buffered for the program's output.
void os_flush(void);

// Cores of the machine.
int os_ncpu(void);

// A random word to seed generators with.
uint64_t os_random(void);

// The running thread's frames as the machine knows them without help of the goroutine (the
// engine's stack text on wasm): locations, see traceback.h. Returns how many there are,
// which may be more than max. It takes the engine tens of microseconds.
size_t os_stack(uint32_t *locs, size_t max);
// The innermost max of them, at most; what is below costs nothing.
size_t os_stack_top(uint32_t *locs, size_t max);

// --- context: one goroutine runs on an M's thread until it leaves by os_mcall ---

// Runs gp on the calling M until it leaves (os_mcall) or its function returns. On return the
// goroutine is completely saved, or, if finished, *finished is true. Runs on the M's own stack.
void os_run(M *mp, G *gp, bool *finished);

// Leaves the running goroutine: saves it, and returns from os_run, whose caller runs mp->mcallfn.
// Returns when the goroutine is run again. MAYSWITCH.
MAYSWITCH void os_mcall(void (*fn)(M *, G *));

// How many Ms are to come to the runtime at a poll: what polls look at (sched/preempt.h). 64-byte aligned
// and alone there, for all read it all the time.
AtomicU32 *os_raised(void);

// A poll found that word raised: the goroutine stops, if it may stop here, and goes on later.
MAYSWITCH void rt_safepoint(void);
// worldsema.h's: a switch and nothing else, which the machine may do with a frame less than os_mcall
// under a caller. MAYSWITCH.
MAYSWITCH void go_gosched(void);

// May the running goroutine wait here for a collection, which has to see all that it holds?
bool os_can_collect(void);

// Runs fn(arg) on the M's own C stack, where rt_g() is its g0: for what needs more room than a
// goroutine may have left. The goroutine does not leave. On the M's own stack already, and on threads
// that are no M: calls fn. After Go's systemstack.
void os_systemstack(void (*fn)(void *), void *arg);

// The frames of gp, which are just saved, stay among its M's roots while it is in a host call.
void os_keep(M *mp, G *gp);

// Prepares a goroutine that is to begin: its stack pointer, and no frames.
void os_ctx_init(G *gp);

// Frees what the machine keeps for a dead goroutine (not its stack).
void os_ctx_free(G *gp);

#endif
