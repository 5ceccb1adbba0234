#ifndef RT_TIMER_H
#define RT_TIMER_H

// Timers: one heap under one lock; sysmon runs what is due.

#include "../base/gmp.h"

typedef struct Timer Timer;

// A timer. Its owner decides on memory and lifetime. Fields are written before it is armed, or with
// the timers' lock held.
struct Timer {
	int64_t period; // 0: fires once
	// Called when due, on sysmon's thread, with the timers' lock held and without a P. It must
	// be quick, must not wait, and may take only locks of a higher rank. A timer that fires
	// once is no longer in use when f is called, so f may free it.
	void (*f)(Timer *t, int64_t now);
	void *arg;
	void (*fn)(void *); // the program's function, for user timers
	uint32_t place;     // in the heap, from 1; 0 while not pending
};

// Called once at boot, before sysmon starts.
void rt_timerinit(void);

// The time in ns nanoseconds; never overflows.
int64_t rt_timerwhen(int64_t ns);

// Arms t, pending or not, for the time when. Returns whether t was pending.
bool rt_timerstart(Timer *t, int64_t when);

// Returns whether t was pending. Afterwards f neither runs nor will run.
bool rt_timerstop(Timer *t);

// Clears and frees a timer that malloc gave; it is not pending. t may be NULL.
void rt_timerfree(Timer *t);

#endif
