#include <errno.h>

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/alone.h"
#include "../runtime/sched/inplace.h"
#include "blocking.h"
#include "ctx.h"

// Libc's calls that block: mutexes, conditions, semaphores, joins, sleeps. All of them call
// emscripten_futex_wait, which the linker (--wrap) replaces by the function below. A goroutine that
// blocks there stays on its thread and gives up its P, as in a system call of Go: the goroutine
// that it waits for may need a P.

static const int64_t StuckNs = INT64_C(10000000000);
static const double Brief = 0.05; // ms: about the cost of giving up a P

typedef struct Waiting Waiting;
struct Waiting {
	AtomicU32 *addr;
	uint32_t val;
	int64_t until;
};

static void
sleep_alone(void *arg)
{
	Waiting *w = arg;

	rt_sleep_alone(w->addr, w->val, w->until);
}

static AtomicU32 nblocked;

bool
os_blocked(void)
{
	return load_seq(&nblocked) > 0;
}

int __real_emscripten_futex_wait(volatile void *addr, uint32_t val, double ms);

// Counted, so that nobody is notified in vain: see libcwait.c. The count goes up before the thread
// looks at the word.
static int
block(volatile void *addr, uint32_t val, double ms)
{
	int error;

	add_seq(&nblocked, 1);
	error = __real_emscripten_futex_wait(addr, val, ms);
	add_seq(&nblocked, -1u);
	return error;
}

int __wrap_emscripten_futex_wait(volatile void *addr, uint32_t val, double ms);

// libc waits for a lock or a condition in slices: for how long has the same wait been vain, while
// no other goroutine ran? If it is for ever, the page cannot even ask what the matter is.
static void
check_stuck(const G *gp, AtomicU32 *addr)
{
	static AtomicU32 *stuck;
	static uint32_t runs;
	static int64_t since;
	int64_t now = os_nanotime();

	if ((uintptr_t)addr - gp->stack_lo < gp->stack_hi - gp->stack_lo)
		return; // a sleep: nobody else knows the address
	if (addr != stuck || runs != rt_runs) {
		stuck = addr;
		runs = rt_runs;
		since = now;
	} else if (now - since > StuckNs) {
		rt_fatal(FatalDeadlock,
		         "a goroutine waits in libc, in place, and none can go on: with one "
		         "worker only the one that began such a wait last can - deadlock!");
	}
}

// With one thread: lets other goroutines run, if this is one.
static int
wait_alone(AtomicU32 *addr, uint32_t val, double ms)
{
	M *mp = rt_m();
	G *gp = rt_g();
	int64_t until = ms < 1e12 ? os_nanotime() + (int64_t)(ms * 1e6) : -1;
	bool away = mp && gp != mp->g0 && mp->p && !mp->locks && !mp->dying && !os_pinned();

	if (load_acq(addr) != val)
		return -EWOULDBLOCK;
	if (away) {
		Waiting w = {addr, val, until};

		check_stuck(gp, addr);
		os_systemstack(rt_inplace_block, gp);
		os_systemstack(sleep_alone, &w);
		os_systemstack(rt_inplace_unblock, gp);
	} else if (until < 0) {
		rt_fatal(FatalThrow, "libc waits for another thread, and there is only one");
	} else {
		while (load_acq(addr) == val && os_nanotime() < until)
			;
	}
	return load_acq(addr) == val ? -ETIMEDOUT : 0;
}

int
__wrap_emscripten_futex_wait(volatile void *addr, uint32_t val, double ms)
{
	M *mp = rt_m();
	G *gp = rt_g();
	int error;

	if (os_alone())
		return wait_alone((void *)addr, val, ms);
	if (!mp || gp == mp->g0 || !mp->p || mp->locks || mp->dying || ms <= Brief)
		return block(addr, val, ms);
	error = block(addr, val, Brief);
	if (error != -ETIMEDOUT)
		return error;
	os_systemstack(rt_inplace_block, gp);
	error = block(addr, val, ms - Brief);
	os_systemstack(rt_inplace_unblock, gp);
	return error;
}
