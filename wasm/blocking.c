#include <errno.h>

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/sched/inplace.h"
#include "ctx.h"

// Libc's calls that block: mutexes, conditions, semaphores, joins, sleeps. All of them call
// emscripten_futex_wait, which the linker (--wrap) replaces by the function below. A goroutine that
// blocks there stays on its thread and gives up its P, as in a system call of Go: the goroutine
// that it waits for may need a P.

static const double Brief = 0.05; // ms: about the cost of giving up a P

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
