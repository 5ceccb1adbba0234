#include "one.h"

#include "../runtime/base/noroot.h"
#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"

// The machine with one thread (runtime/sched/alone.h), where memory is not shared:
// memory.atomic.wait would trap. The thread is the host's worker. Its event loop calls rt_host_turn
// over and over. Ms nest on one C stack. A host's call between two turns uses the stack that
// Emscripten gives to the thread.

enum { OneStackBytes = 2 << 20 }; // for about 100 Ms

bool rt_onethread;
NOROOT(rt_onethread)

static char *stack;
static uintptr_t hostsp; // the host's stack pointer while a turn runs
static int64_t pause;    // what the last turn returned
NOROOT(stack)
NOROOT(hostsp)
NOROOT(pause)

// Before rt_host_boot.
EXPORT(rt_host_alone)
void
rt_host_alone(void)
{
	rt_onethread = true;
	// Polls that look at the flag call the runtime; those that count do so when 0 is left.
	store_seq(os_raised(), 1);
	os_set_polls_left(false, 1);
	os_set_polls_left(true, 1);
}

uintptr_t
os_turn_stack(void)
{
	return (uintptr_t)stack;
}

void
os_turn(void)
{
	if (!stack)
		stack = os_alloc(OneStackBytes);
	if (!stack)
		rt_throw("one: no memory for a stack");
	hostsp = os_getsp();
	os_setsp((uintptr_t)stack + OneStackBytes);
	pause = rt_turn();
	os_setsp(hostsp);
}

// What ran in the turn was left by an exception of JavaScript: the program has ended, or its
// goroutine has (os_hold).
EXPORT(rt_host_turn_lost)
NOINLINE void
rt_host_turn_lost(void)
{
	os_set_stack_lo(0);
	os_setsp(hostsp);
	os_unpin();
	rt_set_m(NULL);
	rt_set_g(NULL);
	rt_turn_lost();
}

void rt_js_run(M *mp);

// Lets the program run for some milliseconds. Returns after how many ms the host has to call this
// again: 0 at once, negative when it has done something.
EXPORT(rt_host_turn)
double
rt_host_turn(void)
{
	pause = 0;
	rt_js_run(NULL);
	return pause == INT64_MAX ? -1 : (double)pause / 1e6;
}
