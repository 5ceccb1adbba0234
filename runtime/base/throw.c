#include "noroot.h"
#include "throw.h"

#include <string.h>

#include "hooks.h"
#include "os.h"
#include "print.h"
#include "self.h"

// Dying usefully. Several Ms may die at once: the first reports, the others stop for ever. If the
// reporting M dies again, it prints one line and exits; the third time it just exits.

static AtomicU32 reporter; // 0: nobody reports; 1: a thread that is no M; else the M's id + 2
static AtomicU32 never;    // to sleep here for ever
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

// Ends the program: gives the host the text and all that was printed.
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
	rt_prints("fatal error: ");
	rt_printlines(text);
	rt_prints("\n");
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
