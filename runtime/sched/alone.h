#ifndef RT_ALONE_H
#define RT_ALONE_H

// One thread for everything (os_alone): a page without shared memory. The thread also has the
// host's event loop, and returns to it at the end of each turn (rt_turn).
//
// There is one P. An M is not a thread here, but a level of the thread's stack. An M without work
// returns instead of sleeping; when it is woken, a turn calls it again. An M whose goroutine waits
// in place (sched/inplace.h) stays on the stack: instead of sleeping it runs the other Ms above
// itself. So of the goroutines that wait in place only the innermost can go on; the others have to
// wait for its end.
//
// Nobody can raise a flag while this thread runs. So polls and the scheduler count themselves, and
// look at the clock now and then. They do what sysmon does elsewhere.

#include "../base/os.h"

// The M that runs has to return: its goroutine leaves at the next poll that can unwind it. Polls in
// place may have found that out.
extern bool rt_over;

// At the next look at the clock sysmon's work is done.
void rt_look_soon(void);

// A poll has counted down to 0. On the M's own stack: looks at the clock, and raises M.preempt if
// the running goroutine has to leave. inplace, not NULL: it is in code that cannot be unwound.
void rt_poll_alone(void *inplace);

// The same for a goroutine in a host call, which has no P: lets others run above it for a while.
void rt_poll_incall(void *);

// The scheduler of mp has counted down, or has nothing to do: is the turn over?
bool rt_turn_over(void);

// Does the running goroutine leave only because the turn is over?
bool rt_turn_ends(void);

// At most so many polls and schedules are between two looks at the clock.
enum { PollsPerLook = 512 };

// Runs other Ms until *addr is not val, or until that time (of os_nanotime; -1: no limit). On the
// stack of the calling M, which has no P.
void rt_sleep_alone(AtomicU32 *addr, uint32_t val, int64_t until);

// How often an M has run, modulo 2^32.
extern uint32_t rt_runs;

// Can mp, which waits in place, go on now?
bool rt_reachable(const M *mp);
// Keeps gp, which is runnable in place, until its M is reachable. sched.lock held.
void rt_put_off_locked(G *gp);

// mp has a thread now: it will be run.
void rt_newlevel(M *mp);

#endif
