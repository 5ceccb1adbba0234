#ifndef RT_ASK_MEMORY_H
#define RT_ASK_MEMORY_H

// What the host asks about memory. Answers are malloc'd words, *bytes long; NULL: no memory.

#include "../base/base.h"

MAYSWITCH void *rt_answer_memstats(size_t *bytes);
void *rt_answer_heapprofile(size_t *bytes);

#endif
