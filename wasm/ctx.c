#include <emscripten/stack.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/mem/malloc.h"
#include "../runtime/sched/inplace.h"
#include "../runtime/sched/proc.h"
#include "../runtime/sched/protect.h"
#include "../runtime/sync/panic.h"
#include "ctx.h"

// The switch. The only file that says "asyncify".
//
// Asyncify rewrites every function between os_run and os_mcall so that it can return early,
// leaving [pc][locals] for each frame in a buffer (unwind), and be entered again, jumping to the
// call it had left from (rewind). What it does NOT do: it does not keep the C stack pointer (we
// save it after the unwind and set it before the rewind), it does not know threads (its state is
// a pair of globals per instance, so per worker; the buffer is in shared memory), and the
// functions that start and stop it are not instrumented themselves.
//
//	os_run          bottom: calls the goroutine's function, or rewinds into it
//	                (rt_callback_left, for a callback from foreign code)
//	  fn, ...       instrumented frames of the program and the runtime
//	    os_mcall    top: starts the unwind; entered again at the end of a rewind
//
// An unwind goes into the M's large buffer, so that depth is no question then; the bytes used are
// copied below the goroutine's stack pointer. So a parked goroutine is memory, nothing else, and
// any worker may resume it.
//
// Frames that stay on the thread are kept for the collector: of a goroutine in a host call, and of one
// that calls code which cannot be unwound (rt_foreign_enter). It unwinds and goes on at once, and what
// it left in the buffer stays there; later unwinds go behind that.

#define ASYNCIFY(name) __attribute__((import_module("asyncify"), import_name(#name)))

ASYNCIFY(start_unwind) void asyncify_start_unwind(void *data);
ASYNCIFY(stop_unwind) void asyncify_stop_unwind(void);
ASYNCIFY(start_rewind) void asyncify_start_rewind(void *data);
ASYNCIFY(stop_rewind) void asyncify_stop_rewind(void);

enum { Still, Unwinding, Rewinding }; // M.switching

static_assert(offsetof(M, switching) == 12 && offsetof(M, invoked) == 16 &&
                      offsetof(M, kept) == 20 && offsetof(M, hidden) == 24,
              "the link step reads these there");

void
os_ctx_init(G *gp)
{
	(void)gp;
}

void
os_ctx_free(G *gp)
{
	free(gp->ext);
	gp->ext = NULL;
	gp->next_bytes = 0;
	free(gp->syspcs);
	gp->syspcs = NULL;
}

// Where the frames of gp go: below its stack pointer if there is room, else to a block of its own.
static char *
savearea(G *gp, size_t n)
{
	uintptr_t at = (gp->sp - n) & ~(uintptr_t)(StackAlign - 1);

	if (gp->sp - gp->stack_lo >= n + StackGuard + StackAlign)
		return (char *)at;
	if (gp->next_bytes < n) {
		free(gp->ext);
		gp->ext = rt_malloc_noscan(n * 2); // what is saved there is a root by itself
		if (!gp->ext) {
			rt_printf("runtime: cannot save %U bytes of frames of goroutine %U\n",
			          (uint64_t)n, gp->id);
			rt_throw("out of memory");
		}
		gp->next_bytes = (uint32_t)n * 2;
	}
	return gp->ext;
}

static void
save(M *mp, G *gp)
{
	uint32_t *from = (uint32_t *)(void *)mp->kept, *to;
	size_t n = mp->asy[0] - (uintptr_t)from;

	to = (uint32_t *)(void *)savearea(gp, n);

	gp->saved = (uintptr_t)to;
	gp->nsaved = (uint32_t)n;
	if (n > 256) {
		memcpy(to, from, n);
		return;
	}
	for (size_t i = 0; i < n / 4; i++) // shorter than a call
		to[i] = from[i];
}

size_t
os_roots_g(const G *gp, OsRange *r, size_t max)
{
	(void)max;
	r[0] = (OsRange){gp->sp, gp->stack_hi};
	r[1] = (OsRange){gp->saved, gp->saved + gp->nsaved};
	return 2;
}

OsRange
os_roots_m(const M *mp)
{
	return (OsRange){(uintptr_t)mp->buf, (uintptr_t)mp->kept};
}

void
os_keep(M *mp, G *gp)
{
	mp->syskept = mp->kept;
	mp->kept += gp->nsaved;
}

ALWAYS_INLINE void
start_unwind(M *mp, void (*fn)(M *, G *))
{
	mp->mcallfn = fn;
	mp->asy[0] = (uintptr_t)mp->kept;
	mp->asy[1] = (uintptr_t)mp->buf_end;
	mp->switching = Unwinding;
	asyncify_start_unwind(mp->asy);
}

// An unwind ended that was only to keep the frames: they stay where they are, and are entered again.
static NOINLINE void
keep(M *mp)
{
	asyncify_stop_unwind();
	mp->kept = (char *)mp->asy[0];
	mp->hidden--;
	mp->switching = Rewinding;
	asyncify_start_rewind(mp->asy);
}

ALWAYS_INLINE void
rewind_into(M *mp, G *gp)
{
	mp->asy[0] = gp->saved + gp->nsaved;
	mp->asy[1] = mp->asy[0];
	mp->switching = Rewinding;
	gp->nsaved = 0;
	asyncify_start_rewind(mp->asy);
}

// What goroutine code calls instead of fn: the link step fills this in, for what can come to wait in
// place (link/guards.js).
EXPORT(rt_guard_of)
NOINLINE uintptr_t
rt_guard_of(uintptr_t fn)
{
	__asm__ volatile("" : "+r"(fn));
	return fn;
}

// What JavaScript calls instead of what it takes from the function table: the link step fills this in, too
// (link/exported.js).
EXPORT(rt_slot_of)
NOINLINE uintptr_t
rt_slot_of(uintptr_t slot)
{
	__asm__ volatile("" : "+r"(slot));
	return slot;
}

NOINLINE void
os_run(M *mp, G *gp, bool *finished)
{
	uintptr_t g0sp = os_getsp();

	rt_set_g(gp);
	os_unpin(); // a trap or a cut after a panic may have left it up
	mp->borrowed = 0;
	os_set_stack_lo(gp->stack_lo + StackGuard);
	os_setsp(gp->sp);
	if (unlikely(mp->kept != mp->buf) && load_relaxed(&gp->status) != Gsyscall)
		mp->kept = mp->buf; // left in a host call, another M has gone on with it
	if (gp->nsaved)
		rewind_into(mp, gp);
	else
		mp->hidden = rt_guard_of((uintptr_t)gp->fn) == (uintptr_t)gp->fn;
	for (;;) {
		gp->fn(gp->arg);
		if (likely(mp->mcallfn || mp->switching != Unwinding))
			break;
		keep(mp);
	}
	*finished = mp->switching != Unwinding;
	if (!*finished) {
		asyncify_stop_unwind();
		mp->switching = Still;
		gp->sp = os_getsp();
	} else {
		mp->hidden = 1;
	}
	os_set_stack_lo(0);
	os_setsp(g0sp);
	rt_set_g(mp->g0);
	if (!*finished)
		save(mp, gp);
}

// Entered twice for one switch: to leave, and when the rewind arrives here.
ALWAYS_INLINE void
mcall(void (*fn)(M *, G *))
{
	M *mp = rt_m();

	if (mp->switching == Rewinding) {
		mp->switching = Still;
		asyncify_stop_rewind();
		return;
	}
	if (os_pinned())
		rt_throw(rt_g() ? "ctx: a callback of libc's (atexit, a stream's hook) may not wait"
		                : "ctx: a function that the page called may not wait");
	rt_assert(rt_g() != mp->g0 && mp->switching == Still);
	start_unwind(mp, fn);
}

NOINLINE void
os_mcall(void (*fn)(M *, G *))
{
	mcall(fn);
}

// Itself the top of the stack, with no frame.
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

// Is this a place where a goroutine may leave its M? Not while it has stopped the world.
ALWAYS_INLINE bool
may_leave(const M *mp)
{
	return rt_g() != mp->g0 && mp->p && !mp->locks && !mp->gcing && !mp->dying && !os_pinned();
}

// Frames below code that cannot be unwound may be hidden: see M.hidden.
bool
os_can_collect(void)
{
	M *mp = rt_m();

	return mp && may_leave(mp) && mp->hidden <= 1;
}

// What a poll calls when it finds that some M is to come to the runtime. A poll may stand where no
// goroutine may leave, or on a thread that is no M: then it just goes on, and the flag stays up for the
// next.
EXPORT(rt_safepoint)
NOINLINE void
rt_safepoint(void)
{
	M *mp = rt_m();
	uint32_t why;

	if (!mp)
		return;
	if (mp->switching == Rewinding) {
		mp->switching = Still;
		asyncify_stop_rewind();
		return;
	}
	why = load_seq(&mp->preempt);
	if (!why || !may_leave(mp))
		return;
	start_unwind(mp, why & PreemptStop ? rt_preempt0 : rt_sampled0);
}

// --- the M's own stack ---

enum {
	G0Gap = 8192,      // the scheduler's own frames, which are under the goroutine's
	BorrowRoom = 2048, // for what a function of libc calls
};

NOINLINE void
os_systemstack(void (*fn)(void *), void *arg)
{
	M *mp = rt_m();
	G *gp = rt_g();
	uintptr_t sp = os_getsp();

	if (!mp || gp == mp->g0) {
		fn(arg);
		return;
	}
	gp->sp = mp->borrowed ? mp->borrowed : sp;
	rt_set_g(mp->g0);
	os_set_stack_lo(0);
	if (!mp->borrowed)
		os_setsp(mp->g0->sp - G0Gap);
	fn(arg);
	os_setsp(sp);
	os_set_stack_lo(mp->borrowed ? emscripten_stack_get_end() + StackGuard
	                             : gp->stack_lo + StackGuard);
	rt_set_g(gp);
}

// A function of libc with a frame of so many bytes begins: if it has no room on the goroutine's stack it gets
// the M's, and true is returned. See link/borrow.js.
EXPORT(rt_borrow)
NOINLINE bool
rt_borrow(uint32_t bytes)
{
	M *mp = rt_m();
	G *gp = rt_g();
	uintptr_t sp = os_getsp(), top, end;

	if (!mp || gp == mp->g0 || mp->borrowed)
		return false;
	if (sp - gp->stack_lo >= bytes + BorrowRoom)
		return false;
	top = mp->g0->sp - G0Gap;
	end = emscripten_stack_get_end();
	if (top - end < bytes + BorrowRoom)
		return false;
	mp->borrowed = sp;
	os_set_stack_lo(end + StackGuard);
	os_setsp(top);
	return true;
}

EXPORT(rt_giveback)
NOINLINE void
rt_giveback(void)
{
	M *mp = rt_m();

	os_setsp(mp->borrowed);
	mp->borrowed = 0;
	os_set_stack_lo(rt_g()->stack_lo + StackGuard);
}

// --- in place: foreign code, which is not instrumented ---

// Before goroutine code calls what can come to wait in place, in a program that uses collected memory:
// keeps the frames of the goroutine, with the arguments, if it may be unwound here. See link/guards.js.
EXPORT(rt_foreign_enter)
NOINLINE void
rt_foreign_enter(void)
{
	M *mp = rt_m();

	if (!mp)
		return;
	if (mp->switching == Rewinding) {
		mp->switching = Still;
		asyncify_stop_rewind();
		return;
	}
	if (may_leave(mp))
		start_unwind(mp, NULL);
}

// What a poll calls in code that cannot be unwound.
EXPORT(rt_safepoint_inplace)
NOINLINE void
rt_safepoint_inplace(void)
{
	M *mp = rt_m();

	if (!mp || !load_seq(&mp->preempt) || !may_leave(mp))
		return;
	os_systemstack(rt_inplace_poll, rt_g());
}

// Where foreign code calls goroutine code the link step puts a function in between, which calls this
// when the call came back by an unwind; then it makes the call again, to rewind. So an unwind ends
// above the foreign frames, and the goroutine waits here, in place.
EXPORT(rt_callback_left)
NOINLINE void
rt_callback_left(void)
{
	M *mp = rt_m();
	G *gp = rt_g();
	bool incall = load_relaxed(&gp->status) == Gsyscall;

	if (!mp->mcallfn) {
		keep(mp);
		return;
	}
	asyncify_stop_unwind();
	mp->switching = Still;
	gp->sp = os_getsp();
	save(mp, gp);
	mp->left = true;
	os_systemstack(rt_inplace_leave, gp);
	mp->left = false;
	os_setsp(gp->sp); // a caught panic has cut frames
	if (incall && load_relaxed(&gp->status) != Gsyscall)
		mp->kept = mp->syskept;
	rewind_into(mp, gp);
}

// A build with checks found that a function is being unwound that Asyncify has not instrumented.
EXPORT(rt_unwound)
NOINLINE void
rt_unwound(uint32_t func)
{
	asyncify_stop_unwind();
	rt_m()->switching = Still;
	rt_printf("runtime: %s is not instrumented, but was unwound\n", rt_symtab_name(func));
	rt_throw("ctx: the link step has overlooked a way to wait");
}

// --- go_protect: cutting frames ---
//
// go_protect calls rt_protect_mark(p), then fn(arg). When fn panics the goroutine unwinds as for
// any switch; before it is rewound all frames above go_protect's are cut away, and its own pc is
// changed from the call of fn to the call of rt_protect_mark. So the rewind arrives in
// rt_protect_mark, which returns true. p->mach[0] keeps go_protect's stack pointer.

static uint32_t protect_pc; // of the call to rt_protect_mark, from the link step

void
os_ctx_protect_pc(uint32_t pc)
{
	protect_pc = pc;
}

NOINLINE bool
rt_protect_mark(struct Protect *p)
{
	M *mp = rt_m();

	if (mp->switching == Rewinding) {
		mp->switching = Still;
		asyncify_stop_rewind();
		return true;
	}
	p->mach[0] = os_getsp();
	p->mach[1] = 0;
	if (p->mach[0] == 0) // never: it tells the link step that a goroutine may leave here
		asyncify_start_unwind(mp->asy);
	return false;
}

// Is this go_protect's frame the one that holds p? p lies in go_protect's C frame, whose address
// is one of the locals the frame saved; no other call of go_protect has the same.
static bool
holds(const uint32_t *frame, uint32_t bytes, const struct Protect *p)
{
	for (uint32_t i = 1; i < bytes / 4; i++)
		if (frame[i] == (uintptr_t)p || frame[i] == p->mach[0])
			return true;
	return false;
}

static void
jump0(M *mp, G *gp)
{
	struct Protect *p = gp->param;
	uintptr_t at = gp->saved, end = gp->saved + gp->nsaved;

	while (at < end) { // innermost first
		uint32_t *frame = (uint32_t *)at, bytes = rt_pc_framebytes(*frame);

		if (rt_pc_samefunc(*frame, protect_pc) && holds(frame, bytes, p)) {
			*frame = protect_pc;
			gp->saved = at;
			gp->nsaved = (uint32_t)(end - at);
			gp->sp = p->mach[0];
			mp->resume = true;
			return;
		}
		if (bytes == 0)
			break;
		at += bytes;
	}
	if (!gp->inplace)
		rt_throw("ctx: no frame to return to after a panic");
	mp->resume = true; // it is below foreign code
}

void
rt_protect_jump(struct Protect *p)
{
	rt_g()->param = p;
	os_mcall(jump0);
}

// --- frames that a throw or a longjmp has left ---
//
// Both go through JavaScript: the link step puts this behind each call that catches there (link/invoked.js).
// Where levels of go_protect were left, their deferred calls run before the catching code goes on, on top of
// what they left, which is still on the stack.

extern _Thread_local uintptr_t __THREW__; // what was thrown, in Emscripten's words
extern _Thread_local int __threwValue;

void rt_js_keep_thrown(bool keep); // keeps, or restores, what JavaScript knows of it

EXPORT(rt_left)
NOINLINE bool
rt_left(void)
{
	G *gp = rt_g();
	M *mp = rt_m();

	if (mp && mp->borrowed && gp != mp->g0 && os_getsp() - gp->stack_lo < gp->stack_bytes) {
		mp->borrowed = 0; // thrown through libc
		os_set_stack_lo(gp->stack_lo + StackGuard);
	}
	return gp && rt_leftframes(gp, os_getsp()) != 0;
}

EXPORT(rt_leave)
NOINLINE void
rt_leave(void)
{
	G *gp = rt_g();
	uintptr_t sp = os_getsp(), threw = __THREW__;
	int value = __threwValue;

	rt_js_keep_thrown(true);
	__THREW__ = 0;
	os_setsp(rt_leftframes(gp, sp) & ~(uintptr_t)(StackAlign - 1));
	rt_endframes(gp, sp);
	os_setsp(sp);
	__THREW__ = threw;
	__threwValue = value;
	rt_js_keep_thrown(false);
}
