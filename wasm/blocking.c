#include <errno.h>

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/sched/inplace.h"
#include "ctx.h"

// Libc's calls that block: mutexes, conditions, semaphores, joins, sleeps. All end up in
// emscripten_futex_wait, of which the linker (--wrap) makes this. A goroutine that blocks there
// stays on its thread and holds no P meanwhile, as Go's do in a system call: whom it waits for may
// need one.

static const double Brief = 0.05; // ms: to give up a P costs about as much

int __real_emscripten_futex_wait(volatile void *addr, uint32_t val, double ms);
int __wrap_emscripten_futex_wait(volatile void *addr, uint32_t val, double ms);

int
__wrap_emscripten_futex_wait(volatile void *addr, uint32_t val, double ms)
{
	M *mp = rt_m();
	G *gp = rt_g();
	int error;

	if (!mp || gp == mp->g0 || !mp->p || mp->locks || mp->dying || ms <= Brief)
		return __real_emscripten_futex_wait(addr, val, ms);
	error = __real_emscripten_futex_wait(addr, val, Brief);
	if (error != -ETIMEDOUT)
		return error;
	os_systemstack(rt_inplace_block, gp);
	error = __real_emscripten_futex_wait(addr, val, ms - Brief);
	os_systemstack(rt_inplace_unblock, gp);
	return error;
}
