#ifndef RT_HOOKS_H
#define RT_HOOKS_H

// The allowed upcalls: a lower floor reports to a higher one that something happened.
#include "base.h"

typedef struct Hooks Hooks;
struct Hooks {
	// sysmon -> timer.c: runs the timers that are due at now. Returns the time of the next
	// one, or INT64_MAX. Called without a P and without locks.
	int64_t (*on_tick)(int64_t now);
	// sysmon -> the machine's requests: readies the service goroutine if the host wants
	// something.
	void (*on_sysmon)(void);
	// sysmon -> gc.c: another tick. As on_tick.
	void (*on_watch)(int64_t now);
	// sysmon -> cpuprof.c: asks for the samples that are due at now. Returns the time of the
	// next ones, or INT64_MAX.
	int64_t (*on_sampletime)(int64_t now);
	// park -> blockprof.c: gp, which is saved, begins to wait. Later, ready -> blockprof.c:
	// the caller makes gp runnable again.
	void (*on_block)(G *gp);
	void (*on_unblock)(G *gp);
	// M.due -> cpuprof.c: takes a sample of gp, which was running and is now saved or in
	// place; NULL: no goroutine ran. Then calls then(mp, gp), which may let others run gp;
	// then may be NULL.
	void (*on_sample)(M *mp, G *gp, void (*then)(M *, G *));
	// entry to a host call -> goprof.c: keeps the frames of gp, which is saved, for dumps.
	void (*on_syscall)(G *gp);
	// an idle M, woken to help -> gc.c. It has no P.
	void (*on_helpgc)(M *mp);
	// the end of a collection, before the world starts -> memprof.c: the heap profile now
	// counts all that came before.
	void (*on_collected)(void);
	// a goroutine is about to wait in place -> goprof.c: keeps the frames on its M's thread.
	// poll: the number of the poll where it stops; 0: it stops elsewhere.
	void (*on_inplace)(M *mp, uint32_t poll);
	// a new M -> goprof.c: keeps the frames of whoever asked for it.
	void (*on_newm)(M *mp);
	// throw -> dump.c: prints the stacks of the dying program through rt_printf.
	void (*on_throw)(void);
	// the same, when all goroutines are asleep -> dump.c: keeps what each one waits for.
	void (*on_deadlock)(void);
	// deadlock check -> timer.c: true when a timer is pending.
	bool (*on_idle)(void);
	// deadlock check -> hostchan.c: true when the host may send to or receive from a waiting
	// goroutine.
	bool (*on_hostwait)(void);
	// exit of a goroutine -> panic.c: runs the deferred calls. MAYSWITCH.
	void (*on_goexit)(G *gp);
};

extern Hooks rt_hooks;

#endif
