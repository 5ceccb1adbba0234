#ifndef RT_USERPROF_H
#define RT_USERPROF_H

// Profiles that the program makes (go_profile_new).

#include "../ask/words.h"
#include "../base/base.h"
#include "../worldsema.h"

enum { MaxProfiles = 128 };

// By the order of making; NULL: there are not so many. For any thread.
GoProfile *rt_userprof(uint32_t i);
const char *rt_userprof_name(const GoProfile *p);
// Its stacks. Returns how many bytes they take, of which those that fit into max were written. *n
// is how many stacks.
size_t rt_userprof_write(GoProfile *p, StackRecord *to, size_t max, uint32_t *n);

#endif
