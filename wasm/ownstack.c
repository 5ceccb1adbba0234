#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/sched/stack.h"

// The M's own stack: the scheduler runs on it, and what needs more room than a goroutine has.

enum {
	G0Gap = 8192,      // room for the scheduler's own frames, which called the goroutine
	BorrowRoom = 2048, // for the functions that a function of libc calls
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
	gp->sp = mp->machine.borrowed ? mp->machine.borrowed : sp;
	rt_set_g(mp->g0);
	os_set_stack_lo(0);
	if (!mp->machine.borrowed)
		os_setsp(mp->g0->sp - G0Gap);
	fn(arg);
	os_set_tls(gp->machine.tls); // with one thread, others may have run
	os_setsp(sp);
	os_set_stack_lo(mp->machine.borrowed ? mp->machine.stack_end + StackGuard
	                                     : gp->stack_lo + StackGuard);
	rt_set_g(gp);
}

// A function of libc begins, with a frame of so many bytes. If the goroutine's stack has no room
// for it, it gets the M's stack. True: it got that. See link/borrow.js.
EXPORT(rt_borrow)
NOINLINE bool
rt_borrow(uint32_t bytes)
{
	M *mp = rt_m();
	G *gp = rt_g();
	uintptr_t sp = os_getsp(), top, end;

	if (!mp || gp == mp->g0 || mp->machine.borrowed)
		return false;
	if (sp - gp->stack_lo >= bytes + BorrowRoom)
		return false;
	top = mp->g0->sp - G0Gap;
	end = mp->machine.stack_end;
	if (top - end < bytes + BorrowRoom)
		return false;
	mp->machine.borrowed = sp;
	os_set_stack_lo(end + StackGuard);
	os_setsp(top);
	return true;
}

EXPORT(rt_giveback)
NOINLINE void
rt_giveback(void)
{
	M *mp = rt_m();

	os_setsp(mp->machine.borrowed);
	mp->machine.borrowed = 0;
	os_set_stack_lo(rt_g()->stack_lo + StackGuard);
}
