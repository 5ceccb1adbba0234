#ifndef RT_WAITS_H
#define RT_WAITS_H

// The wait graph: which goroutines wait for which things, and which goroutines could give them.
//
// A thing is a channel, a condition, or the word of a semaphore (of a mutex, a wait group, ...). A
// select waits for several things. Only its holder can give a locked mutex. Any other thing can be
// given by each goroutine that can reach it. To find these, the roots of each goroutine are marked
// alone, without passing through the records of other goroutines that wait. Anybody can give what
// the program's variables lead to, so no more is recorded of such a thing. The same is assumed of
// everything but locked mutexes when the locals of some goroutine are hidden (gc/roots.c). Blocks
// of malloc are marked like collected ones.
//
// Goroutines that wait for the same thing, and for nothing else, cannot give it to each other. So
// the graph has no such edge. Which goroutines are stuck for ever is worked out by the reader of
// the answer (host/profile/waits.js).
//
// The graph is conservative. A stale word can add a goroutine that seems able to give a thing, and
// so hide that another one is stuck.

#include "../base/gmp.h"

// Finds the graph, and sets G.leaked of goroutines that wait for nothing (a nil channel). The world
// is stopped, or, if asleep, all goroutines are asleep for ever. hidden: go on although locals are
// hidden. False: locals are hidden, or there is no memory.
bool rt_waits_find(bool asleep, bool hidden);
// These read the graph, until the world starts. Is this goroutine in it?
bool rt_waits_tell(const G *gp);
size_t rt_waits_nwords(void);
void rt_waits_write(WaitsHead *w);

#endif
