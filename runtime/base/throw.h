#ifndef RT_THROW_H
#define RT_THROW_H

#include "base.h"

// The runtime's own mistake, or a program's that no panic can report. Print the values first,
// then throw the fixed sentence "subsystem: what is wrong". Prints "fatal error: text", every
// goroutine's stack, and ends the program with status 2. A second death of the same M says less.
NORETURN void rt_throw(const char *text);
// The same, said to the host as a deadlock, a stack overflow, ... (enum FatalKind).
NORETURN void rt_fatal(int kind, const char *text);

// Starts a report: false when this M is dying for the second time (after which it exits).
// Serialises several dying Ms: only one reports, the others never come back.
void rt_startdying(void);
// The end of a report that printed what happened: prints the stacks and ends the program with
// status 2. kind and text are for the host.
NORETURN void rt_enddying(int kind, const char *text);

// Somebody began a report: what is locked may stay so for ever.
bool rt_isdying(void);

#ifdef RT_ASSERT
#define rt_assert(cond) ((cond) ? (void)0 : rt_throw("assertion failed: " #cond))
#else
#define rt_assert(cond) ((void)sizeof(cond))
#endif

#endif
