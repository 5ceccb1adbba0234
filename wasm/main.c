#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/sched.h"
#include "box.h"
#include "main.h"
#include "thread.h"
#include "uncaught.h"

// The program's main, and the ways in which a C program ends. Emscripten's own exit would end the
// host's process. Here an exit is news in the mailbox, and the host ends the workers.

static int argc;
static char **argv;

void
os_setargs(int n, char **args)
{
	argc = n;
	argv = args;
}

// Calls the program's constructors, on main's goroutine before main. The link step writes the calls
// (link/constructors.js).
EXPORT(rt_link_constructors)
NOINLINE MAYSWITCH void
rt_link_constructors(void)
{
	__asm__ volatile("" ::: "memory");
}

// Runs before main; the host waits until it has ended.
static MAYSWITCH void
prepare(void)
{
	rt_link_constructors();
	store_seq(&os_box.begun, 1);
	os_news();
}

void (*os_behind_main)(void);

#if __clang_major__ >= 15
int __main_void(void) __attribute__((weak));
int __main_argc_argv(int, char **) __attribute__((weak));

MAYSWITCH static int
run_main(void)
{
	return __main_argc_argv ? __main_argc_argv(argc, argv) : __main_void();
}
#else
// clang 14 gives every main this signature.
int main(int, char **);

MAYSWITCH static int
run_main(void)
{
	return main(argc, argv);
}
#endif

MAYSWITCH int
os_main(void)
{
	int code;

	prepare();
	code = run_main();
	if (os_behind_main)
		os_behind_main();
	os_thread_exits();
	return code;
}

void (*os_end_locals)(void);

// To the link step this is a function of the C library (link/kinds.js): so what calls exit is not
// instrumented for that alone. A wait in a destructor is in place, as it is in atexit's functions.
NOINLINE void
rt_locals_inplace(void (*end)(void))
{
	M *mp = rt_m();

	if (end && mp && rt_g() != mp->g0)
		end();
}

extern void __funcs_on_exit(void) __attribute__((weak));

// Runs atexit's functions, flushes, and ends the program. The host may look before that. Other
// goroutines just stop.
_Noreturn void
exit(int code)
{
	// The callers' frames never go on, so collectors need not see them.
	if (rt_m())
		rt_m()->machine.hidden = 0;
	rt_locals_inplace(os_end_locals);
	if (__funcs_on_exit)
		__funcs_on_exit();
	fflush(NULL);
	os_hold(code);
	os_exit(code);
}

_Noreturn void
_Exit(int code)
{
	os_exit(code);
}

_Noreturn void
abort(void)
{
	const char *why = os_lastwords();

	os_sigabrt();
	rt_fatal(FatalThrow, why ? why : "abort called");
}

// Emscripten's own is JavaScript, and advises a different build.
_Noreturn void
__assert_fail(const char *cond, const char *file, int line, const char *func)
{
	rt_printf("%s:%d: %s: Assertion `%s' failed.\n", file, (int32_t)line, func, cond);
	rt_fatal(FatalThrow, "assertion failed");
}

NORETURN void
rt_exit(int code)
{
	exit(code);
}
