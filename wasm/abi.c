#include <stdlib.h>
#include <string.h>

#include "../runtime/ask/ask.h"
#include "../runtime/base/noroot.h"
#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/throw.h"
#include "../runtime/mem/malloc.h"
#include "../runtime/prof/symtab.h"
#include "../runtime/sched/m.h"
#include "../runtime/sched/preempt.h"
#include "../runtime/sched/sched.h"
#include "box.h"
#include "clock.h"
#include "ctx.h"
#include "tls.h"
#include "main.h"
#include "sbrk.h"
#include "shape.h"
#include "uncaught.h"

// Functions of the machine that the host may call on its own thread; the others are in
// runtime/ask/. And functions that the link step reads or calls.

// --- before the program begins ---

EXPORT(rt_host_alloc)
void *
rt_host_alloc(size_t n)
{
	return rt_malloc_noscan(n); // texts and numbers: no pointers to blocks
}

EXPORT(rt_host_free)
void
rt_host_free(void *p)
{
	free(p);
}

// Copies the tables to memory that is no root, or the collector would read them in each cycle.
EXPORT(rt_host_symtab)
int
rt_host_symtab(const void *p, size_t n)
{
	void *tables = os_alloc(n);
	int err = tables ? rt_symtab_load(memcpy(tables, p, n), n) : -5;

	if (err == 0)
		os_ctx_protect_pc(rt_symtab_protectpc());
	return err;
}

EXPORT(rt_host_setenv)
void
rt_host_setenv(char *pair)
{
	char *eq = strchr(pair, '=');

	if (!eq)
		return;
	*eq = '\0';
	setenv(pair, eq + 1, 1);
	*eq = '=';
}

EXPORT(rt_host_box)
HostBox *
rt_host_box(void)
{
	return &os_box;
}

// --- for the link step ---

// The link step reads indices of globals, and an address, from the bodies of these functions.
EXPORT(rt_link_self_m)
M *
rt_link_self_m(void)
{
	return rt_m();
}

EXPORT(rt_link_tls_base)
uintptr_t
rt_link_tls_base(void)
{
	return os_tls();
}

EXPORT(rt_link_stack_lo)
uintptr_t
rt_link_stack_lo(void)
{
	uintptr_t lo;

	__asm__ volatile("global.get rt_stack_lo\n local.set %0" : "=r"(lo));
	return lo;
}

// In the final module it may return another address: see link/lowmem.js. So it is called from
// another file, where the compiler does not know its result.
EXPORT(rt_link_raised)
AtomicU32 *
rt_link_raised(void)
{
	static _Alignas(64) AtomicU32 raised[16];

	return raised;
}

// Another body tells what the argument is: see link/shapes.js. So this, too, is called from another
// file.
EXPORT(rt_link_shape)
uint32_t
rt_link_shape(uintptr_t fn)
{
	(void)fn;
	return UnknownShape;
}

void rt_js_refuse(const char *name); // throws a JavaScript error

// The page's thread called an exported function that may wait: see link/exported.js.
EXPORT(rt_export_refused)
void
rt_export_refused(uint32_t func)
{
	rt_js_refuse(rt_symtab_name(func));
}

EXPORT(rt_link_pinned)
uint32_t
rt_link_pinned(void)
{
	return os_pinned();
}

EXPORT(rt_link_polls_left)
int32_t
rt_link_polls_left(void)
{
	return os_polls_left(false);
}

EXPORT(rt_link_inplace_left)
int32_t
rt_link_inplace_left(void)
{
	return os_polls_left(true);
}

// --- boot ---

EXPORT(rt_host_boot)
int
rt_host_boot(int argc, char **argv)
{
	os_clock_start();
	os_memory_start();
	os_setargs(argc, argv);
	rt_boot();
	os_tls_start();
	rt_ask_init();
	rt_start();
	return 0;
}

// The host closes the program, and its engine cannot end a thread in the midst of a loop: stops
// each M for good at its next poll. The host calls this until all are gone, because a world that
// was about to be stopped may start again.
EXPORT(rt_host_halt)
void
rt_host_halt(void)
{
	store_seq(&sched.gcwaiting, 1);
	for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink)
		rt_raise(mp, PreemptStop);
}

// --- bad ends ---

// A worker trapped. It reports the frames of its engine's stack and the text piece by piece, so
// that needs no shared memory. Nothing here needs the C stack, which may be full, or malloc, whose
// lock may be held.
OsTrap rt_trap;
NOROOT(rt_trap)

// If a second worker traps meanwhile, it waits here until the program ends.
EXPORT(rt_host_trap_begin)
void
rt_host_trap_begin(void)
{
	static AtomicU32 taken;

	while (!cas_acqrel(&taken, 0, 1))
		os_futexsleep(&taken, 1, -1);
}

// Adds the next frame, innermost first. False: no room for more.
EXPORT(rt_host_trap_frame)
bool
rt_host_trap_frame(uint32_t func, uint32_t offset)
{
	uint32_t *to = rt_trap.pairs + 2 * rt_trap.npairs;

	if (rt_trap.npairs == TrapFrames)
		return false;
	to[0] = func;
	to[1] = offset;
	rt_trap.npairs++;
	return true;
}

// Adds the next byte of the text. False: no room for more.
EXPORT(rt_host_trap_text)
bool
rt_host_trap_text(uint32_t byte)
{
	if (rt_trap.ntext == sizeof rt_trap.text - 1)
		return false;
	rt_trap.text[rt_trap.ntext++] = (char)byte;
	return true;
}

// The report is complete. Only it still has the frames of the goroutine that ran.
EXPORT(rt_host_trap)
void
rt_host_trap(void)
{
	os_trapped();
	rt_fatal(FatalTrap, rt_trap.text);
}

// The link step adds a comparison after every instruction that lowers the stack pointer. If that
// fails, it calls rt_stack_overflow. This runs on the M's own stack: the goroutine's is full.
static NORETURN void
overflow(uint32_t func)
{
	M *mp = rt_m();
	G *gp = mp->curg;

	rt_printf("runtime: goroutine %U stack exceeds %u-byte limit in %s\n", gp->id,
	          gp->stack_bytes, rt_symtab_name(func));
	rt_prints("runtime: start it with go_with_stack(fn, arg, bytes) to give it a larger one\n");
	rt_fatal(FatalStack, "stack overflow");
}

EXPORT(rt_stack_overflow)
NOINLINE void
rt_stack_overflow(uint32_t func)
{
	os_setsp(rt_m()->g0->sp - 1024);
	os_set_stack_lo(0);
	overflow(func);
}
