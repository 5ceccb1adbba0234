#ifndef RT_USERPROF_H
#define RT_USERPROF_H

// Profiles that the program makes (go_profile_new).

#include "../base/base.h"
#include "../worldsema.h"

enum { MaxProfiles = 128 };

// By the order of making; NULL: there are not so many. For any thread.
GoProfile *rt_userprof(uint32_t i);
const char *rt_userprof_name(const GoProfile *p);
// The words of its stacks, each its number of pcs and the pcs; returns how many there are, of which
// max were written. *n is how many stacks.
size_t rt_userprof_words(GoProfile *p, uint32_t *words, size_t max, uint32_t *n);

#endif
