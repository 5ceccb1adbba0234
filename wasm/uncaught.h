#ifndef OS_UNCAUGHT_H
#define OS_UNCAUGHT_H

#include <stdint.h>

#include "../runtime/base/base.h"
#include "../runtime/base/self.h"
#include "../runtime/prof/dump.h"
#include "../runtime/prof/symtab.h"
#include "../runtime/prof/traceback.h"

enum { VtableHead = 8 }; // bytes before a vtable's first function

typedef struct TypeInfo TypeInfo;
struct TypeInfo {
	const void *vtable;
	const char *name; // mangled
};

// Nobody catches this C++ exception: ends the program. Its stack is still there.
MAYSWITCH NORETURN void os_uncaught(void *object, const TypeInfo *type);

// Calls the program's own terminate handler, once.
MAYSWITCH void os_terminate(void);

// Finds the object and the type of the exception that is caught, if there is one. What has landed
// counts as caught from then on: the place where it landed lets nothing pass. cxa.c sets it.
extern void *(*os_caught)(const TypeInfo **type);

// Only a goroutine that may switch can unwind.
ALWAYS_INLINE bool
os_may_unwind(void)
{
	M *mp = rt_m();

	return mp && rt_g() != mp->g0 && mp->locks == 0 && !os_pinned();
}

// The text of the C++ exception that ends the program; NULL: no exception does.
const char *os_lastwords(void);

// Calls the program's handler of SIGABRT, if it has set one. The handler may not wait. Returns if
// the handler returns.
void os_sigabrt(void);

// The report of a worker that trapped: see abi.c.
enum { TrapFrames = 200 };
typedef struct OsTrap OsTrap;
struct OsTrap {
	uint32_t pairs[2 * TrapFrames]; // function, offset
	uint32_t npairs, ntext;
	char text[512];
};
extern OsTrap rt_trap;

// A dump now shows the engine's stack of the goroutine that this M ran. From here on this M runs on
// its own stack.
ALWAYS_INLINE void
os_trapped(void)
{
	uint32_t *pairs = rt_trap.pairs;
	M *mp = rt_m();

	if (mp) {
		os_setsp(mp->g0->sp);
		os_set_stack_lo(0);
		rt_set_g(mp->g0);
	}
	for (uint32_t i = 0; i < rt_trap.npairs; i++)
		pairs[i] = rt_symtab_engine(pairs[2 * i], pairs[2 * i + 1]);
	rt_dump_trap(pairs, rt_trap.npairs);
}

#endif
