#ifndef RT_DEBUG_H
#define RT_DEBUG_H

#include "base.h"

// GODEBUG=name=value,name=value. Unknown names are ignored, as in Go. A value that is not a number
// is fatal.
typedef struct Debug Debug;
struct Debug {
	int32_t schedtrace;    // milliseconds between two SCHED lines
	int32_t scheddetail;   // adds Ps, Ms and Gs to them
	uint32_t schedstress;  // seed: shuffle queues and yield at random
	int32_t preempt;       // 0: no preemption of running goroutines after 10 ms
	int32_t preemptstress; // preempt at about every Nth poll
	int32_t gctrace;     // a line for each collection; 2: a second one after each automatic one
	int32_t gcstress;    // collect at every Nth allocation of collected memory
	int32_t heapcheck;   // check the heap at each collection
	int32_t clobberfree; // fill free collected memory, and find whoever writes to it
	int32_t flightrec;   // words of events that each M keeps; 0: none
	int32_t memprofilerate; // bytes per sampled block; 0: none, negative: the default
	int32_t argscompat;     // print the seed's arguments quirk
};

extern Debug rt_debug;

// Reads GODEBUG and GOTRACEBACK from the environment. Called once at boot.
void rt_parsedebug(const char *godebug, const char *traceback);
// 0: no traces, 1: user frames, 2: also runtime frames and service goroutines. *all: a crash shows
// every goroutine, not only the one that died.
int rt_gotraceback(bool *all);

#endif
