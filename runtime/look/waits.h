#ifndef RT_WAITS_H
#define RT_WAITS_H

// The wait graph: who waits for what, and who could give it.
//
// What is waited for, a thing, is a channel, or the word of a semaphore (of a mutex, a wait group,
// ...), or a condition; a select waits for several. A mutex that is locked is its holder's to give.
// Anything else those can give that can get at it: each goroutine's own roots are marked alone,
// without passing through the records of others that wait. What the program's variables lead to,
// blocks of malloc like collected ones, is anybody's, and not known any further. So is all of it
// when somebody's locals are hidden (roots.c).
//
// Those that wait for one and the same thing alone cannot give it to each other, so that is not
// told. What follows, who is stuck for ever, is found where the answer is read
// (host/profile/waits.js).
//
// It is conservative: a stale word makes one more that could, and hides that somebody is stuck.

#include "../base/gmp.h"

// Finds it, and sets G.leaked of those that wait for nothing (a nil channel); the world is stopped,
// or all are asleep for ever. Hidden: go on though something is. False: something is hidden, or
// there is no memory.
bool rt_waits_find(bool asleep, bool hidden);
// What was found, until the world starts. Does it tell of this goroutine?
bool rt_waits_tell(const G *gp);
size_t rt_waits_nwords(void);
void rt_waits_write(WaitsHead *w);

#endif
