#ifndef RT_TIMER_H
#define RT_TIMER_H

// Timers: one heap under one lock; sysmon runs what is due.

#include "../base/gmp.h"

typedef struct Timer Timer;

// A timer; memory and lifetime are its owner's. Fields are written before it is armed or with
// the timers' lock held.
struct Timer {
	int64_t period; // 0: fires once
	// Called when due, on sysmon's thread, with the timers' lock held and without a P: quick,
	// does not wait, takes only locks of a higher rank. A timer that fires once is no longer in
	// use when f is called, so f may give its memory back.
	void (*f)(Timer *t, int64_t now);
	void *arg;
	void (*fn)(void *); // the program's function, for user timers
	uint32_t place;     // in the heap, from 1; 0 while not pending
};

// Called once at boot, before sysmon starts.
void rt_timerinit(void);

// What the clock will show in ns nanoseconds; never overflows.
int64_t rt_timerwhen(int64_t ns);

// Arms t, pending or not, for the time when; true when it was pending.
bool rt_timerstart(Timer *t, int64_t when);

// True when it was pending. Afterwards f does not run, nor is it running.
bool rt_timerstop(Timer *t);

// Gives back one of malloc's, which may be NULL and is not pending, without what it leads to.
void rt_timerfree(Timer *t);

#endif
