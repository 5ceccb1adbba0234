#ifndef RT_LEAK_H
#define RT_LEAK_H

// Leaked goroutines wait, and nobody can ever wake them. After the goroutineleak profile of Go
// 1.26, whose idea is that of Saioc and others, "Dynamic Partial Deadlock Detection".
//
// A goroutine that waits on a channel, a lock, a wait group or a condition can be woken only by
// whoever can reach that thing. Marking begins at the program's variables and at the goroutines
// that do not wait for such a thing: they run, sleep, or wait for the host. Blocks of malloc are
// marked like collected ones. When the marking reaches a channel or a condition, it finds in it the
// goroutines that wait there. They can be woken, so what they hold is marked too. A semaphore does
// not lead to its waiters. Therefore each of these is looked at in turn: was its semaphore reached?
// The goroutines that are never reached are leaked.
//
// The search is conservative, as the collector is. A stale word may hide a leaked goroutine, but no
// goroutine that can be woken is called leaked. So there is no answer while foreign code, or code
// that is in place, may hold words that nobody can read (gc/roots.c).

#include "../base/gmp.h"

// A service goroutine has stopped the world and calls this. Sets G.leaked of every goroutine.
// False: frames of some goroutine are hidden, or there is no memory.
bool rt_leak_find(void);

#endif
