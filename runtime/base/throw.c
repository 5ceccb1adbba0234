#include "noroot.h"
#include "throw.h"

#include <string.h>

#include "hooks.h"
#include "os.h"
#include "print.h"
#include "self.h"

// Dying usefully. Several Ms may die at once: the first reports, the others stop for ever. An M
// that dies again while it reports says less each time: report, one line, just exit.

static AtomicU32 reporter; // id + 1 of the M that reports, 0: nobody
static AtomicU32 never;    // nobody ever wakes whoever sleeps here
static char report[1 << 20];
NOROOT(report)

static uint32_t
self(void)
{
	return rt_m() ? (uint32_t)rt_m()->id + 2 : 1;
}

bool
rt_isdying(void)
{
	return load_acq(&reporter) != 0;
}

// Ends the program: to the host, with all that was printed.
static NORETURN void
tell(int kind, const char *text, int code)
{
	os_fatal(kind, text, strlen(text), report, rt_print_kept(), code);
}

void
rt_startdying(void)
{
	M *mp = rt_m();

	if (!cas_acqrel(&reporter, 0, self()) && load_acq(&reporter) != self())
		for (;;)
			os_futexsleep(&never, 0, -1);
	if (mp) {
		mp->locks = 0;
		mp->heldranks = 0;
		if (rt_g())
			rt_g()->writer.buf = NULL;
		switch (mp->dying++) {
		case 0:
			os_flush();
			break;
		case 1:
			rt_prints("panic during panic\n");
			tell(FatalThrow, "panic during panic", 3);
		default:
			tell(FatalThrow, "panic during panic", 4);
		}
	}
	rt_print_keep(report, sizeof report);
}

void
rt_enddying(int kind, const char *text)
{
	if (rt_hooks.on_throw)
		rt_hooks.on_throw();
	if (kind == FatalDeadlock && rt_hooks.on_deadlock)
		rt_hooks.on_deadlock();
	tell(kind, text, 2);
}

void
rt_fatal(int kind, const char *text)
{
	bool gcing = rt_m() && rt_m()->gcing;

	rt_startdying();
	rt_printf("fatal error: %s\n", text);
	if (gcing) {
		rt_prints("fatal error: panic during gc\n");
		tell(kind, text, 2);
	}
	rt_enddying(kind, text);
}

void
rt_throw(const char *text)
{
	rt_fatal(FatalThrow, text);
}
