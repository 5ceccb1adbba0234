#include <stdlib.h>
#include <string.h>

#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/proc.h"
#include "../runtime/sched/protect.h"
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
//	  fn, ...       instrumented frames of the program and the runtime
//	    os_mcall    top: starts the unwind; entered again at the end of a rewind
//
// An unwind goes into the M's large buffer, so that depth is no question then; the bytes used are
// copied below the goroutine's stack pointer. So a parked goroutine is memory, nothing else, and
// any worker may resume it.

#define ASYNCIFY(name) __attribute__((import_module("asyncify"), import_name(#name)))

ASYNCIFY(start_unwind) void asyncify_start_unwind(void *data);
ASYNCIFY(stop_unwind) void asyncify_stop_unwind(void);
ASYNCIFY(start_rewind) void asyncify_start_rewind(void *data);
ASYNCIFY(stop_rewind) void asyncify_stop_rewind(void);

enum { Still, Unwinding, Rewinding }; // M.switching

static_assert(offsetof(M, preempt) == 8, "polls read M.preempt at offset 8");

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
		gp->ext = malloc(n * 2);
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
	size_t n = mp->asy[0] - (uintptr_t)mp->buf;
	uint32_t *from = (uint32_t *)(void *)mp->buf, *to = (uint32_t *)(void *)savearea(gp, n);

	gp->saved = (uintptr_t)to;
	gp->nsaved = (uint32_t)n;
	if (n > 256) {
		memcpy(to, from, n);
		return;
	}
	for (size_t i = 0; i < n / 4; i++) // shorter than a call
		to[i] = from[i];
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

NOINLINE void
os_run(M *mp, G *gp, bool *finished)
{
	uintptr_t g0sp = os_getsp();

	rt_set_g(gp);
	os_unpin(); // a trap or a cut after a panic may have left it up
	os_set_stack_lo(gp->stack_lo + StackGuard);
	os_setsp(gp->sp);
	if (gp->nsaved)
		rewind_into(mp, gp);
	gp->fn(gp->arg);
	*finished = mp->switching != Unwinding;
	if (!*finished) {
		asyncify_stop_unwind();
		mp->switching = Still;
		gp->sp = os_getsp();
		save(mp, gp);
	}
	os_set_stack_lo(0);
	os_setsp(g0sp);
	rt_set_g(mp->g0);
}

// Entered twice for one switch: to leave, and when the rewind arrives here.
NOINLINE void
os_mcall(void (*fn)(M *, G *))
{
	M *mp = rt_m();

	if (mp->switching == Rewinding) {
		mp->switching = Still;
		asyncify_stop_rewind();
		return;
	}
	rt_assert(rt_g() != mp->g0 && mp->switching == Still);
	if (os_pinned())
		rt_throw("ctx: a callback of libc's (atexit, a stream's hook) may not wait");
	mp->mcallfn = fn;
	mp->asy[0] = (uintptr_t)mp->buf;
	mp->asy[1] = (uintptr_t)mp->buf_end;
	mp->switching = Unwinding;
	asyncify_start_unwind(mp->asy);
}

// What a poll calls when it finds M.preempt raised. A poll may stand where no goroutine may
// leave: then it just goes on, and the flag stays up for the next.
EXPORT(rt_safepoint)
NOINLINE void
rt_safepoint(void)
{
	M *mp = rt_m();

	if (mp->switching == Rewinding) {
		mp->switching = Still;
		asyncify_stop_rewind();
		return;
	}
	if (rt_g() == mp->g0 || !mp->p || mp->locks || mp->dying || os_pinned())
		return;
	mp->mcallfn = rt_preempt0;
	mp->asy[0] = (uintptr_t)mp->buf;
	mp->asy[1] = (uintptr_t)mp->buf_end;
	mp->switching = Unwinding;
	asyncify_start_unwind(mp->asy);
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
	rt_throw("ctx: no frame to return to after a panic");
}

void
rt_protect_jump(struct Protect *p)
{
	rt_g()->param = p;
	os_mcall(jump0);
	rt_throw("ctx: ran on after a panic");
}
