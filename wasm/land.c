#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/prof/symtab.h"
#include "../runtime/sync/panic.h"
#include "ctx.h"

// Landing: cutting frames.
//
// A panic, go_exit, a C++ exception or a longjmp leaves frames behind. The goroutine unwinds as for
// any switch. Before it goes on, all frames above the one that lands are cut away. Two kinds of
// frames can land:
//	go_protect's	It calls rt_protect_mark(p), then fn(arg). The pc in its frame is changed
//			from the call of fn to that of rt_protect_mark, which so returns once more,
//			with true. p->mach[0] keeps go_protect's stack pointer.
//	landing sites	Calls that the compiler has made to catch what they throw: code behind them
//			looks at __THREW__ (link/invoked.js). The resumed body of such a frame calls
//			rt_link_landed right behind the call, with the stack pointer from before it.

static uint32_t protect_pc; // pc of the call to rt_protect_mark, from the link step

void
os_ctx_protect_pc(uint32_t pc)
{
	protect_pc = pc;
}

// Does this frame belong to the call of go_protect that has p? p lies in that call's C frame. The
// address of the C frame is one of the saved locals, and no other call of go_protect has the same.
static bool
holds(const uint32_t *frame, uint32_t bytes, const struct Protect *p)
{
	for (uint32_t i = 1; i < bytes / 4; i++)
		if (frame[i] == (uintptr_t)p || frame[i] == p->mach[0])
			return true;
	return false;
}

// The frame is go_protect's, or a landing site: makes it go on there. False: it is neither.
static bool
land(M *mp, G *gp, const Leaving *l, uint32_t *frame, uint32_t bytes)
{
	struct Protect *p = gp->protect;

	if (rt_pc_lands(*frame) & l->lands) {
		mp->machine.threw = l->threw;
		gp->param = l->what; // for the code that lands: see cxa.c
		return true;
	}
	if (!p || !rt_pc_samefunc(*frame, protect_pc) || !holds(frame, bytes, p))
		return false;
	*frame = protect_pc;
	p->passing = *l;
	// After a throw, the level's deferred calls are still to run, and some lie in these frames.
	if (!l->on)
		gp->sp = p->mach[0];
	mp->machine.result[0] = true; // of rt_protect_mark
	return true;
}

void
os_land(M *mp, G *gp)
{
	Leaving *l = gp->param;
	uintptr_t at = gp->saved, end = gp->saved + gp->nsaved;
	Cut *cut = l->cut;
	uint32_t before = cut ? cut->n : 0, bytes, pc;

	mp->resume = true;
	for (; at < end; at += bytes) { // innermost first
		pc = *(uint32_t *)at;
		bytes = rt_pc_framebytes(pc);
		if (bytes == 0)
			break;
		// An exception that landed before goes on from that frame, which is known.
		if (cut && end - at <= cut->below && cut->n < CutMost)
			cut->pcs[cut->n++] = pc;
		if (!land(mp, gp, l, (uint32_t *)at, bytes))
			continue;
		if (cut) {
			cut->landed = pc;
			cut->below = (uint32_t)(end - at) - bytes;
		}
		gp->machine.nframes -= (uint32_t)(at - gp->saved);
		gp->saved = at;
		gp->nsaved = (uint32_t)(end - at);
		return;
	}
	if (cut) // all frames are still there
		cut->n = before;
	l->stuck = gp->inplace != NULL; // what could land is below foreign code
	if (gp->protect && !l->stuck)
		rt_throw("ctx: no frame to return to after a panic");
}

// Marks that the link step puts in place of accesses of __THREW__, and takes out again: see
// link/invoked.js.
EXPORT(rt_link_threw)
NOINLINE uintptr_t
rt_link_threw(void)
{
	rt_throw("ctx: a mark of the link step was called");
}

EXPORT(rt_link_unthrow)
NOINLINE void
rt_link_unthrow(void)
{
	rt_link_threw();
}

void setThrew(uintptr_t threw, int value) __attribute__((weak)); // Emscripten's: sets __THREW__

// A landing site was resumed behind its call; sp is the stack pointer from before the call. If
// something was thrown to it, the code behind it is told. See link/twins.js: only resumed bodies
// call this.
EXPORT(rt_link_landed)
NOINLINE void
rt_link_landed(uintptr_t sp)
{
	M *mp = rt_m();
	G *gp = rt_g();
	uintptr_t threw = mp->machine.threw;
	void *what = gp->param;

	if (likely(threw == 0))
		return;
	mp->machine.threw = 0;
	rt_endframes(gp, sp); // may run code of the program, which throws and catches
	gp->param = what;
	// Code that may land by both takes a longjmp from another function by its value.
	setThrew(threw, threw == 1 ? 0 : (int)(uintptr_t)what);
	os_setsp(sp);
}
