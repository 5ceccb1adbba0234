#ifndef RT_DEBUG_H
#define RT_DEBUG_H

#include "base.h"

// GODEBUG=name=value,name=value. Names that nobody knows are ignored, as in Go; a value that is no
// number is fatal.
typedef struct Debug Debug;
struct Debug {
	int32_t schedtrace;    // print a SCHED line every so many milliseconds
	int32_t scheddetail;   // with each goroutine
	uint32_t schedstress;  // seed: shuffle queues and yield at random
	int32_t preempt;       // 0: no preemption of running goroutines after 10 ms
	int32_t preemptstress; // preempt at about every Nth poll
	int32_t gctrace;   // a line for each collection; 2: another after each that began by itself
	int32_t gcstress;  // collect at every Nth allocation of collected memory
	int32_t heapcheck; // look the heap over at each collection
	int32_t clobberfree;    // fill collected memory that is free, and find who writes to it
	int32_t flightrec;      // words of events that each M remembers; 0 none
	int32_t memprofilerate; // sample one block in so many bytes; 0 none, negative: the default
	int32_t argscompat;     // print the seed's arguments quirk
};

extern Debug rt_debug;

// Reads GODEBUG and GOTRACEBACK from the environment. Called once at boot.
void rt_parsedebug(const char *godebug, const char *traceback);
// 0 no traces, 1 user frames, 2 runtime frames and service goroutines as well; all: on a crash
// every goroutine, not only the one that died.
int rt_gotraceback(bool *all);

#endif
