#include <stdlib.h>
#include <string.h>

#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/mem/malloc.h"
#include "../runtime/prof/symtab.h"
#include "../runtime/sched/alone.h"
#include "../runtime/sched/inplace.h"
#include "../runtime/sched/sched.h"
#include "../runtime/sched/stack.h"
#include "../runtime/sync/panic.h"
#include "ctx.h"
#include "thread.h"
#include "tls.h"

// The switch. The only file that says "asyncify".
//
// Asyncify rewrites every function between os_run and os_mcall. Such a function can return early,
// leaving [pc][locals] of its frame in a buffer (unwind). It can be entered again, and then jumps
// to the call from which it left. What Asyncify does NOT do:
//	- It does not keep the C stack pointer: this file saves it after the unwind, and sets it
//	  before the frames go on.
//	- It does not know threads: its state is a pair of globals per instance, so per worker. The
//	  buffer is in shared memory.
//	- The functions that start and stop it are not instrumented themselves.
//
//	os_run          bottom: calls the goroutine's function, or goes on with its frames
//	                (rt_callback_left, for a callback from foreign code)
//	  fn, ...       instrumented frames of the program and the runtime
//	    os_mcall    top: starts the unwind
//
// An unwind writes into the M's large buffer, which has room for any depth. The bytes are then
// copied to the goroutine's own memory. So a parked goroutine is only memory, and any worker may
// resume it.
//
// Frames come back one at a time, each in its turn. The loop in resume() enters the innermost frame
// by its *resumed* function (link/twins.js). That function loads the frame's locals from memory and
// jumps to the call from which the frame left; the result of that call is in Machine.result. When
// the frame returns, the next outer one is entered. When the frame leaves again, the unwind
// saves only that frame and the frames called from it. So a switch costs the same at any depth:
// frames further out stay where they are. After the one-shot continuations of Chez Scheme
// (Bruggeman, Waddell, Dybvig 1996).
//
//	frames_end - nframes                                     frames_end
//	| pc, locals of the innermost frame | pc, locals | ...          |
//	  it runs: its copy is old, and it
//	  is saved again in the same place
//
// When a callback from foreign code leaves, it puts a word 0, the floor, in front of the frames
// that are there. Its own frames go in front of the floor. The frames behind the floor called the
// foreign code, which is still on the thread, and wait for the callback to return.
//
// A collector must also see frames that are on a thread, so two kinds are copied to memory. Of a
// goroutine in a host call, the M keeps a copy (os_keep). A goroutine that calls code which cannot
// be unwound first unwinds and goes on at once (rt_foreign_enter).

#define ASYNCIFY(name) __attribute__((import_module("asyncify"), import_name(#name)))

ASYNCIFY(start_unwind) void asyncify_start_unwind(void *data);
ASYNCIFY(stop_unwind) void asyncify_stop_unwind(void);
ASYNCIFY(start_rewind) void asyncify_start_rewind(void *data);

enum { Still, Unwinding }; // Machine.switching

// Memory for frames that do not fit above the stack. When a block is too small, a larger one is
// added; collectors may still read the smaller one. All are freed when the goroutine ends.
typedef struct Block Block;
struct Block {
	Block *smaller;
	uint32_t bytes;
};

void
os_ctx_init(G *gp)
{
	gp->sp = os_tls_place(gp);
	gp->machine.nframes = 0;
	if (gp->machine.ext)
		return;
	gp->machine.frames_end = gp->stack_hi + StackFrames;
	gp->machine.frames_room = StackFrames;
}

void
os_ctx_free(G *gp)
{
	Block *b, *next;

	for (b = gp->machine.ext; b; b = next) {
		next = b->smaller;
		rt_stackfree((uintptr_t)b, b->bytes);
	}
	gp->machine.ext = NULL;
	if (gp->machine.thread) {
		void *thread = gp->machine.thread;

		gp->machine.thread = NULL;
		os_thread_gone(thread);
	}
	gp->machine.site = 0;
	gp->machine.tls = 0;
}

// Makes room for n bytes of frames in all. If gp returns from a host call, a collector may read the
// frames at the same time: it finds them in the old place or in the new one.
static NOINLINE void
grow(G *gp, uint32_t n)
{
	uint32_t bytes, room;
	Block *b = (Block *)rt_stackalloc(2 * (size_t)n + sizeof *b, &bytes);
	char *end;

	room = (uint32_t)rt_stack_live(bytes) + StackFrames;
	end = (char *)b + room;
	b->smaller = gp->machine.ext;
	b->bytes = bytes;
	memcpy(end - gp->machine.nframes, (char *)gp->machine.frames_end - gp->machine.nframes,
	       gp->machine.nframes);
	fence_seq();
	gp->machine.ext = b;
	gp->machine.frames_end = (uintptr_t)end;
	gp->machine.frames_room = room - (uint32_t)sizeof *b;
}

enum { FloorBytes = sizeof(uint32_t) };

// Puts the floor, which is no pc, in front of the frames of a callback's caller.
ALWAYS_INLINE void
lay_floor(G *gp)
{
	uint32_t n = gp->machine.nframes + FloorBytes;

	if (unlikely(n > gp->machine.frames_room))
		grow(gp, n);
	*(uint32_t *)(gp->machine.frames_end - n) = 0;
	gp->machine.nframes = n;
}

// An unwind has ended: moves its frames in front of those in memory. The frame that was resumed
// last has saved itself in its old place.
ALWAYS_INLINE void
save(M *mp, G *gp)
{
	const uint32_t *from = (uint32_t *)(void *)mp->machine.kept;
	uint32_t n = (uint32_t)(mp->machine.asy[0] - (uintptr_t)from),
		 total = gp->machine.nframes + n, *to;

	if (unlikely(total > gp->machine.frames_room))
		grow(gp, total);
	to = (uint32_t *)(gp->machine.frames_end - total);
	if (n > 256)
		memcpy(to, from, n);
	else
		for (uint32_t i = 0; i < n / 4; i++) // faster than a call
			to[i] = from[i];
	gp->machine.nframes = total;
}

// No frame of gp down to floor runs any more: another M may resume them.
ALWAYS_INLINE void
suspend(G *gp, uint32_t floor)
{
	gp->saved = gp->machine.frames_end - gp->machine.nframes;
	gp->nsaved = gp->machine.nframes - floor;
}

size_t
os_roots_g(const G *gp, OsRange *r, size_t max)
{
	uint32_t n = gp->machine.nframes;

	(void)max;
	r[0] = (OsRange){gp->sp, gp->stack_hi};
	r[1] = (OsRange){gp->machine.frames_end - n, gp->machine.frames_end};
	if (gp->machine.thread)
		r[2] = os_thread_range(gp->machine.thread);
	return gp->machine.thread ? 3 : 2;
}

OsRange
os_roots_m(const M *mp)
{
	return (OsRange){(uintptr_t)mp->machine.buf, (uintptr_t)mp->machine.kept};
}

OsRange
os_rest(const G *gp)
{
	uintptr_t end = gp->machine.frames_end;

	return (OsRange){end - gp->machine.nframes, end};
}

// Is a run of frames on the M's thread in no memory that a collector sees? One run is in memory if
// os_keep has copied it (incall), or if a callback left and its frames are saved (left).
bool
os_hidden(const M *mp, bool incall)
{
	return mp->machine.hidden > (incall || mp->machine.left);
}

void
os_keep(M *mp, G *gp)
{
	mp->machine.syskept = mp->machine.kept;
	if (gp->nsaved > (size_t)(mp->machine.buf_end - mp->machine.kept) / 2)
		rt_throw("ctx: a host call below too many frames");
	memcpy(mp->machine.kept, (void *)gp->saved, gp->nsaved);
	mp->machine.kept += gp->nsaved;
}

ALWAYS_INLINE void
start_unwind(M *mp, void (*fn)(M *, G *))
{
	mp->mcallfn = fn;
	mp->machine.asy[0] = (uintptr_t)mp->machine.kept;
	mp->machine.asy[1] = (uintptr_t)mp->machine.buf_end;
	mp->machine.switching = Unwinding;
	asyncify_start_unwind(mp->machine.asy);
}

// An unwind has ended. True: gp has left, and its frames are still in the buffer. False: it only
// wanted its frames in memory, and goes on.
ALWAYS_INLINE bool
has_left(M *mp, G *gp)
{
	asyncify_stop_unwind();
	mp->machine.switching = Still;
	if (likely(mp->mcallfn))
		return true;
	save(mp, gp);
	mp->machine.hidden--;
	return false;
}

// Runs the frames of gp, innermost first, down to floor. False: gp has left again, and the unwound
// frames are still in the buffer.
ALWAYS_INLINE bool
resume(M *mp, G *gp, uint32_t floor)
{
	while (gp->machine.nframes > floor) {
		const PcInfo *info;

		mp->machine.home = gp->machine.frames_end - gp->machine.nframes;
		info = &rt_pcinfo[*(uint32_t *)mp->machine.home];
		asyncify_start_rewind(mp->machine.asy);
		((void (*)(void))(uintptr_t)info->resume)();
		if (likely(mp->machine.switching != Unwinding)) {
			gp->machine.nframes -= info->bytes;
			continue;
		}
		if (has_left(mp, gp))
			return false;
	}
	return true;
}

// The function that goroutine code must call instead of fn, if fn may wait in place. The link step
// writes the body (link/guards.js).
EXPORT(rt_guard_of)
NOINLINE uintptr_t
rt_guard_of(uintptr_t fn)
{
	__asm__ volatile("" : "+r"(fn));
	return fn;
}

// The slot of the function that JavaScript must call instead of the one in slot of the function
// table. The link step writes this body too (link/exported.js).
EXPORT(rt_slot_of)
NOINLINE uintptr_t
rt_slot_of(uintptr_t slot)
{
	__asm__ volatile("" : "+r"(slot));
	return slot;
}

// A function called above the frames of gp has returned, or has left. Then as resume.
ALWAYS_INLINE bool
called(M *mp, G *gp, uint32_t floor)
{
	if (mp->machine.switching == Unwinding && has_left(mp, gp))
		return false;
	return resume(mp, gp, floor);
}

// --- what interrupts a thread that computes ---

void (*os_interrupt)(void *thread);

// A poll found that gp is wanted as a thread. It goes on with os_interrupt, above the frames that
// it has left, which go on when that returns. So a handler of a signal is goroutine code.
static void
interrupt0(M *mp, G *gp)
{
	gp->nsaved = 0; // os_run does not resume
	mp->resume = true;
}

NOINLINE static bool
interrupt(M *mp, G *gp, uint32_t floor)
{
	os_interrupt(gp->machine.thread);
	return called(mp, gp, floor);
}

// Calls the function of a goroutine that begins, or that interrupts one. Returns as resume does.
ALWAYS_INLINE bool
begin(M *mp, G *gp)
{
	if (unlikely(gp->machine.nframes > 0))
		return interrupt(mp, gp, 0);
	mp->machine.hidden = rt_guard_of((uintptr_t)gp->fn) == (uintptr_t)gp->fn;
	gp->fn(gp->arg);
	return called(mp, gp, 0);
}

NOINLINE void
os_run(M *mp, G *gp, bool *finished)
{
	uintptr_t g0sp = os_getsp();

	rt_set_g(gp);
	os_unpin(); // a trap, or a panic that cut frames, may have left the count up
	mp->machine.borrowed = 0;
	os_set_stack_lo(gp->stack_lo + StackGuard);
	os_setsp(gp->sp);
	os_enter_tls(gp);
	if (unlikely(mp->machine.kept != mp->machine.buf) && load_relaxed(&gp->status) != Gsyscall)
		mp->machine.kept =
			mp->machine.buf; // its goroutine left in a host call; another M resumed it
	if (gp->nsaved) {
		gp->nsaved = 0;
		*finished = resume(mp, gp, 0);
	} else {
		*finished = begin(mp, gp);
	}
	if (*finished)
		mp->machine.hidden = 1;
	else
		gp->sp = os_getsp();
	os_set_stack_lo(0);
	os_setsp(g0sp);
	os_set_tls(mp->machine.tls);
	rt_set_g(mp->g0);
	if (!*finished) {
		save(mp, gp);
		suspend(gp, 0);
	}
}

ALWAYS_INLINE void
mcall(void (*fn)(M *, G *))
{
	M *mp = rt_m();

	if (os_pinned())
		rt_throw(rt_g() ? "ctx: a callback of libc's (a stream's hook) may not wait"
		                : "ctx: a function that the page called may not wait");
	rt_assert(rt_g() != mp->g0 && mp->machine.switching == Still);
	start_unwind(mp, fn);
}

NOINLINE void
os_mcall(void (*fn)(M *, G *))
{
	mcall(fn);
}

// This starts the unwind itself, so it adds no frame.
NOINLINE void
go_gosched(void)
{
	mcall(rt_gosched0);
}

AtomicU32 *rt_link_raised(void);

AtomicU32 *
os_raised(void)
{
	return rt_link_raised();
}

// May the goroutine leave its M here? Not while it has stopped the world.
ALWAYS_INLINE bool
may_leave(const M *mp)
{
	return rt_g() != mp->g0 && mp->p && !mp->locks && !mp->gcing && !mp->dying && !os_pinned();
}

// False also if frames below code that cannot be unwound are hidden: see Machine.hidden.
bool
os_can_collect(void)
{
	M *mp = rt_m();

	return mp && may_leave(mp) && mp->machine.hidden <= 1;
}

// Is the goroutine in a host call, where it may take its time?
ALWAYS_INLINE bool
in_call(const M *mp)
{
	return rt_g() != mp->g0 && !mp->p && !mp->locks && !mp->dying && !os_pinned();
}

// With one thread, polls are counted: by their own code, and by this where that code looks at
// rt_raised (link/pollroom.js). False: it was the turn of this one to look at the clock, and
// M.preempt tells what it found.
ALWAYS_INLINE bool
look_later(bool inplace)
{
	int32_t left = os_polls_left(inplace) - 1;

	if (likely(left > 0 && (inplace || !rt_over))) {
		os_set_polls_left(inplace, left);
		return true;
	}
	os_set_polls_left(inplace, PollsPerLook);
	if (!rt_m())
		return true;
	if (may_leave(rt_m()))
		os_systemstack(rt_poll_alone, inplace ? rt_m() : NULL);
	else if (in_call(rt_m()))
		os_systemstack(rt_poll_incall, NULL);
	return false;
}

// A poll calls this when the flag of some M is up. If the goroutine may not leave here, or the
// thread is no M, the poll just goes on, and the flag stays up for the next poll.
EXPORT(rt_safepoint)
NOINLINE void
rt_safepoint(void)
{
	M *mp = rt_m();
	uint32_t why;

	if (unlikely(os_alone()) && look_later(false))
		return;
	if (!mp)
		return;
	why = load_seq(&mp->preempt);
	if (!why || !may_leave(mp))
		return;
	if (unlikely(os_interrupt != NULL) && os_thread_wanted(rt_g()))
		start_unwind(mp, interrupt0);
	else
		start_unwind(mp, why & PreemptStop ? rt_preempt0 : rt_sampled0);
}

// --- in place: foreign code, which is not instrumented ---

// In a program that uses collected memory, goroutine code calls this before it calls a function
// that may wait in place. If the goroutine may be unwound here, its frames, with the arguments, are
// saved to memory. See link/guards.js.
EXPORT(rt_foreign_enter)
NOINLINE void
rt_foreign_enter(void)
{
	M *mp = rt_m();

	if (!mp)
		return;
	if (may_leave(mp))
		start_unwind(mp, NULL);
}

// A poll in code that cannot be unwound calls this, with its number.
EXPORT(rt_safepoint_inplace)
NOINLINE void
rt_safepoint_inplace(uint32_t poll)
{
	M *mp = rt_m();

	if (unlikely(os_alone()) && look_later(true))
		return;
	if (!mp || !load_seq(&mp->preempt) || !may_leave(mp))
		return;
	if (unlikely(os_interrupt != NULL))
		rt_signal_inplace(rt_g());
	os_systemstack(rt_inplace_poll, (void *)(uintptr_t)poll);
}

// gp has left from a callback, and its frames down to floor are in memory. Waits here, in place.
ALWAYS_INLINE void
wait_in_callback(M *mp, G *gp, uint32_t floor)
{
	bool incall = load_relaxed(&gp->status) == Gsyscall;

	gp->sp = os_getsp();
	suspend(gp, floor);
	mp->machine.left = true;
	os_systemstack(rt_inplace_leave, gp);
	mp->machine.left = false;
	gp->nsaved = 0;
	os_setsp(gp->sp); // a caught panic has cut frames
	if (incall && load_relaxed(&gp->status) != Gsyscall)
		mp->machine.kept = mp->machine.syskept;
}

// Where foreign code calls goroutine code, the link step puts a function in between. If the call
// returns by an unwind, that function calls this one, then takes the result from the M. So an
// unwind ends above the foreign frames. This function keeps nothing on the C stack, which belongs
// to the frames that go on.
EXPORT(rt_callback_left)
NOINLINE void
rt_callback_left(void)
{
	M *mp = rt_m();
	G *gp = rt_g();
	uint32_t floor;
	bool away = mp->mcallfn != NULL;

	asyncify_stop_unwind();
	mp->machine.switching = Still;
	lay_floor(gp);
	floor = gp->machine.nframes;
	save(mp, gp);
	if (!away)
		mp->machine.hidden--;
	for (;;) {
		if (away)
			wait_in_callback(mp, gp, floor);
		if (away && mp->mcallfn == interrupt0 ? interrupt(mp, gp, floor)
		                                      : resume(mp, gp, floor))
			break;
		save(mp, gp);
		away = true;
	}
	gp->machine.nframes = floor - FloorBytes;
	mp->machine.home = gp->machine.frames_end - gp->machine.nframes;
}

// A build with checks found that a function is unwound that Asyncify has not instrumented.
EXPORT(rt_unwound)
NOINLINE void
rt_unwound(uint32_t func)
{
	asyncify_stop_unwind();
	rt_m()->machine.switching = Still;
	rt_printf("runtime: %s is not instrumented, but was unwound\n", rt_symtab_name(func));
	rt_throw("ctx: the link step has overlooked a way to wait");
}

// --- frames that something left lands in: see land.c ---

NOINLINE bool
rt_protect_mark(struct Protect *p)
{
	M *mp = rt_m();

	p->mach[0] = os_getsp();
	p->mach[1] = 0;
	if (p->mach[0] == 0) // never true; it tells the link step that a goroutine may leave here
		asyncify_start_unwind(mp->machine.asy);
	return false;
}

// As go_gosched, this adds no frame.
NOINLINE void
rt_protect_jump(Leaving *l)
{
	G *gp = rt_g();

	if (!gp->protect && !rt_symtab_lands())
		return;
	gp->param = l;
	mcall(os_land);
}
