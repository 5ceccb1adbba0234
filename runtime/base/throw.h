#ifndef RT_THROW_H
#define RT_THROW_H

#include "base.h"

// For a mistake of the runtime, or one of the program that no panic can report. The caller prints
// the values first, then throws a fixed sentence "subsystem: what is wrong". Prints "fatal error:
// text" and every goroutine's stack, and ends the program with status 2. A second death of the same
// M prints less.
NORETURN void rt_throw(const char *text);
// The same. Also reports the kind to the host: a deadlock, a stack overflow, ... (enum FatalKind).
NORETURN void rt_fatal(int kind, const char *text);

// p, or the death of the program, with this text, if p is NULL.
ALWAYS_INLINE void *
rt_must(void *p, const char *text)
{
	if (!p)
		rt_throw(text);
	return p;
}

// Starts a report. If this M is dying for the second time, the program exits. If several Ms die,
// only one reports; the call never returns for the others.
void rt_startdying(void);
// Ends a report that has printed what happened: prints the stacks, and ends the program with status
// 2. kind and text are for the host.
NORETURN void rt_enddying(int kind, const char *text);

// An M has begun a report: a lock that is held now may stay locked for ever.
bool rt_isdying(void);

#ifdef RT_ASSERT
#define rt_assert(cond) ((cond) ? (void)0 : rt_throw("assertion failed: " #cond))
#else
#define rt_assert(cond) ((void)sizeof(cond))
#endif

#endif
