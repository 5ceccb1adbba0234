#ifndef RT_USERPROF_H
#define RT_USERPROF_H

// Profiles that the program makes (go_profile_new).

#include "../ask/words.h"
#include "../base/base.h"
#include "../worldsema.h"

enum { MaxProfiles = 128 };

// The i-th profile that was made; NULL: there are not so many. Any thread may call it.
GoProfile *rt_userprof(uint32_t i);
const char *rt_userprof_name(const GoProfile *p);
// Writes the stacks of p that fit into max bytes. Returns how many bytes all of them take. *n is
// the number of stacks.
size_t rt_userprof_write(GoProfile *p, StackRecord *to, size_t max, uint32_t *n);

// Each call writes the next stack of p, to at most MaxStackRecord pcs, and returns where it ends;
// NULL: there are no more, and the next call begins anew. The program has died: no lock is taken.
StackRecord *rt_userprof_died(const GoProfile *p, StackRecord *to);

#endif
