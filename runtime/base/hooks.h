#ifndef RT_HOOKS_H
#define RT_HOOKS_H

// The sanctioned upcalls: a lower floor tells a higher one that something happened.
#include "base.h"

typedef struct Hooks Hooks;
struct Hooks {
	// sysmon -> timer.c: runs what is due at now and returns the time of the next timer,
	// or INT64_MAX. Called without a P and without locks.
	int64_t (*on_tick)(int64_t now);
	// sysmon -> the machine's requests: readies the service goroutine when the host wants
	// something.
	void (*on_sysmon)(void);
	// entry to a host call -> goprof.c: keeps the frames of gp, which is saved, for dumps.
	void (*on_syscall)(G *gp);
	// a new M -> goprof.c: keeps the frames of who asked for it.
	void (*on_newm)(M *mp);
	// throw -> dump.c: prints the stacks of the dying program through rt_printf.
	void (*on_throw)(void);
	// deadlock check -> timer.c: true when a timer is pending.
	bool (*on_idle)(void);
	// exit of a goroutine -> panic.c: runs the deferred calls. MAYSWITCH.
	void (*on_goexit)(G *gp);
};

extern Hooks rt_hooks;

#endif
