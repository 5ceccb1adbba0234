#ifndef RT_LEAK_H
#define RT_LEAK_H

// Leaked goroutines: those that wait, and that nobody can ever wake. After the goroutineleak
// profile of Go 1.26, whose idea is that of Saioc and others, "Dynamic Partial Deadlock Detection".
//
// A goroutine that waits on a channel, a lock, a wait group or a condition can be woken only by who
// can get at that. So everything is marked that can be reached from the program's variables and
// from the goroutines that do not wait so (they run, or sleep, or the host will answer them),
// blocks of malloc like collected ones. When it reaches a channel or a condition, it finds in there
// the goroutines that
// wait: they can be woken, and what they hold is reached too. A semaphore does not tell who waits
// for it, so those that wait are asked in turn whether their word was reached. Who is left is
// leaked.
//
// It is conservative, as the collector is: a stale word may hide a leaked goroutine, and none is
// called leaked that can be woken. So it cannot be told while foreign code, or code that is in
// place, may hold what nobody sees (roots.c).

#include "../base/gmp.h"

// The world is stopped by a service goroutine. Sets G.leaked of everybody. False: somebody's frames
// are hidden, or there is no memory.
bool rt_leak_find(void);

#endif
