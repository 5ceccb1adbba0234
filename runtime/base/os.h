#ifndef RT_OS_H
#define RT_OS_H

// The machine under the runtime: all that it must supply, and all that it may rely on. Two machines
// exist: wasm/ (Web Workers and Asyncify) and tests/native/ (pthreads and ucontext, for
// sanitizers).
//
// A machine defines the functions below, and three headers, which lie on the compiler's include
// path:
//
//	os_self.h     rt_g, rt_m, rt_set_g, rt_set_m: who runs (base/self.h)
//	os_machine.h  struct Machine, what it keeps of an M, and struct MachineG, what it keeps
//		      of a goroutine. Nobody else reads them. They are zero at first
//	os_mem.h      OS_SPACE: where the 4 GiB begin that os_pages gives. OS_MALLOC_NAMES:
//		      declarations that give malloc and its kin to the allocator, or nothing
//
// What the machine calls of the runtime is at the end.

#include "../ask/words.h"
#include "atomic.h"
#include "base.h"

// --- time, sleep ---

// Monotonic time in nanoseconds. It costs tens of nanoseconds on wasm: not for the switch path.
int64_t os_nanotime(void);
// A time of os_nanotime by the host's clock.
int64_t os_hosttime(int64_t ns);

// Sleeps while *addr == val, at most ns nanoseconds (ns < 0: without limit). May wake spuriously.
void os_futexsleep(AtomicU32 *addr, uint32_t val, int64_t ns);
// Wakes at most n sleepers on addr. On wasm this costs 144 ns even when nobody sleeps: call it
// only when a sleeper is known.
void os_futexwakeup(AtomicU32 *addr, uint32_t n);
// Turns n times in an empty loop. A turn takes half a nanosecond, or a few in code that is not
// optimised yet.
void os_pause(uint32_t n);

// Cores of the machine.
int os_ncpu(void);
// A random word to seed generators with.
uint64_t os_random(void);

// --- threads ---

// Arranges for rt_mstart(mp) to run on a thread of its own, some time; never blocks. False: no
// thread can be had. If that turns out later rt_mfailed(mp) is called, by any thread.
bool os_newthread(M *mp);
// Called first thing on the new thread, before anything asks rt_m(): sets it and rt_g(), which is
// mp->g0.
void os_minit(M *mp);
// Is there one thread only, which is the host's too? Then the machine calls rt_turn again and
// again; os_newthread only prepares mp; os_futexsleep must not be called. See sched/alone.h.
//
// os_self.h defines it:	bool os_alone(void);
// There polls count, those in code that cannot be unwound apart. How many more until one calls the
// runtime; 1: the next one does.
//			int32_t os_polls_left(bool inplace);
//			void os_set_polls_left(bool inplace, int32_t n);

// There is something for the host's thread: an answer, or a call. Never blocks.
void os_news(void);

// --- memory ---

// Zeroed memory, 64-byte aligned, for ever; NULL when there is none.
void *os_alloc(size_t n);
// The same for the allocator's pages: n is a multiple of 8 KiB, and so is the address. It lies
// within 4 GiB from OS_SPACE.
void *os_pages(size_t n);
// Bytes of memory taken of the system, by os_alloc, os_pages and the program's variables; and how
// many there can be.
uint64_t os_memory(void);
uint64_t os_maxmemory(void);
// malloc has no memory, and is about to return NULL: errno.
void os_nomemory(void);

// --- what the collector has to see ---

typedef struct OsRange OsRange;
struct OsRange {
	uintptr_t lo, hi;
};

// Where the program's variables lie; fills at most max and returns how many.
size_t os_roots(OsRange *r, size_t max);
// Where a goroutine that does not run, or is in a host call, keeps its locals: C stack, frames,
// registers.
size_t os_roots_g(const G *gp, OsRange *r, size_t max);
// Copies that an M keeps of the frames of a goroutine in a host call.
OsRange os_roots_m(const M *mp);
// Are there frames of its goroutine on this M's thread that nobody can read? incall: it is in a
// host call.
bool os_hidden(const M *mp, bool incall);
// May the running goroutine wait here for a collection, which has to see all that it holds?
bool os_can_collect(void);

// --- context: one goroutine runs on an M's thread until it leaves by os_mcall ---

// Bytes above a goroutine's stack that the machine takes for itself. The same in the whole run, and
// a multiple of CacheLine: the frames of one stack share no line with the canary of the next.
size_t os_ctx_room(void);
// Prepares a goroutine that is to begin: gp->sp, and no frames.
void os_ctx_init(G *gp);
// Frees what the machine keeps for a dead goroutine (not its stack).
void os_ctx_free(G *gp);

// Runs gp on the calling M until it leaves (os_mcall) or its function returns: with gp->nsaved 0 it
// calls gp->fn(gp->arg), else it goes on. On return the goroutine is completely saved: its frames
// are [gp->saved, gp->saved + gp->nsaved), innermost first, each [pc][locals] as rt_pc_framebytes
// tells (prof/symtab.h); a machine that has no such frames says that there is one, of pc 0. Or, if
// finished, *finished is true. Runs on the M's own stack.
void os_run(M *mp, G *gp, bool *finished);
// Leaves the running goroutine: saves it, and returns from os_run, whose caller runs mp->mcallfn,
// which is fn. Returns when the goroutine is run again. MAYSWITCH.
MAYSWITCH void os_mcall(void (*fn)(M *, G *));
// worldsema.h's: os_mcall(rt_gosched0), which the machine may do with a frame less under a caller.
// MAYSWITCH.
MAYSWITCH void go_gosched(void);

// How many Ms are to come to the runtime at a poll: what polls look at (sched/preempt.h). 64-byte
// aligned and alone there, for all read it all the time.
AtomicU32 *os_raised(void);
// A poll found that word raised: if the M of the goroutine is wanted (M.preempt), and may be left
// here, the goroutine leaves by rt_preempt0 or rt_sampled0, and goes on later. MAYSWITCH.
MAYSWITCH void rt_safepoint(void);

// Runs fn(arg) on the M's own C stack, where rt_g() is its g0: for what needs more room than a
// goroutine may have left. The goroutine does not leave. On the M's own stack already, and on
// threads that are no M: calls fn. After Go's systemstack.
void os_systemstack(void (*fn)(void *), void *arg);

// The frames of gp, which are just saved, stay among its M's roots while it is in a host call.
void os_keep(M *mp, G *gp);
// Those frames of a goroutine that runs which are in memory, and on no thread.
OsRange os_rest(const G *gp);

// Marks a place on the running stack to come back to. False when called; true when it returns a
// second time, after rt_protect_jump. The frame that called it must still exist then. The words
// p->mach are the machine's. MAYSWITCH.
MAYSWITCH bool rt_protect_mark(Protect *p);
// Discards frames down to the nearest that lands, and goes on there: one that the compiler made for
// it (C++'s cleanups and catch blocks, callers of setjmp), or that of the innermost go_protect.
// Returns if there is none. MAYSWITCH.
MAYSWITCH void rt_protect_jump(Leaving *l);

// --- looking ---

// A goroutine waits for a word of the machine's C library, because of reason (WaitThread...). Which
// goroutine can end that? NULL: it is not known. The world is stopped.
G *os_thread_holder(uint32_t reason, uintptr_t word);

// The running thread's frames as the engine tells them, innermost first, without help of the
// goroutine: pairs of words, a function's index and an offset in the module. There is room for 2 *
// max words. Returns how many frames there are, which may be more than max; 0 if that cannot be
// told. It takes the engine tens of microseconds.
size_t os_stack(uint32_t *pairs, size_t max);
// The innermost max of them, at most; what is below costs nothing.
size_t os_stack_top(uint32_t *pairs, size_t max);

// --- the program, and its end ---

// The program's own main, with its arguments. MAYSWITCH.
MAYSWITCH int os_main(void);

// With one thread: lets the host take what was written, because it may not get its turn for long.
void os_drain(void);

// Writes all n bytes to descriptor 1 or 2 of the program.
void os_write(int fd, const void *p, size_t n);
// Flushes what the C library buffered for the program's output.
void os_flush(void);

// The program calls exit(code): handlers, output, end. Never returns.
NORETURN void rt_exit(int code);
// Ends the process at once. Never returns.
NORETURN void os_exit(int code);
// Fatal: the report's first lines and its dump go to the host with the exit code; never returns.
// kind: FatalKind (ask/words.h). text and dump are NUL-free bytes that stay valid.
NORETURN void
os_fatal(int kind, const char *text, size_t ntext, const char *dump, size_t ndump, int code);

// --- what the machine calls ---

// At the start, on a thread that is no M, in this order. Reads the environment, and makes what
// there is to be; the service goroutine that answers the host; the first M. Nothing of the runtime
// may be touched on that thread afterwards but what says so.
void rt_boot(void);
void rt_ask_init(void);
void rt_start(void);

// The body of every M's thread; never returns.
void rt_mstart(M *mp);
// With one thread, instead of rt_mstart: lets goroutines run for some milliseconds. Returns after
// how many ns the machine has to call it again: at the latest then, or when the host has done
// something. 0: at once. INT64_MAX: only the host can bring work.
int64_t rt_turn(void);
// What ran in a turn is lost: the stack of the thread was left by other means than returning.
void rt_turn_lost(void);
// The thread of an M could not be started. For any thread.
void rt_mfailed(M *mp);

// For os_mcall: the goroutine is wanted elsewhere; a sample of it is wanted; it yields.
void rt_preempt0(M *mp, G *gp);
void rt_sampled0(M *mp, G *gp);
void rt_gosched0(M *mp, G *gp);

// Of a machine whose goroutines can wait in code that it cannot save; see sched/inplace.c. All of
// these run on the M's own stack (os_systemstack).
//
// A poll in such code found M.preempt raised: stops for the world, or lets others run. The argument
// is the number of the poll (link/polls.js); 0: not known.
void rt_inplace_poll(void *poll);
// A callback from such code has left (os_mcall), and its own frames are saved, those below are
// not. Does what it left for and returns when the goroutine is to go on.
void rt_inplace_leave(void *gp);
// Such code is about to block its thread, in libc: gives the P away. It stays in Gsyscall until it
// has one again.
void rt_inplace_block(void *gp);
void rt_inplace_unblock(void *gp);

#endif
