#ifndef OS_MEMREQ_H
#define OS_MEMREQ_H

// What the host asks about memory. Answers are malloc'd words, *bytes long; NULL: no memory.

#include "../runtime/base/base.h"

MAYSWITCH void *os_answer_memstats(size_t *bytes);
void *os_answer_heapprofile(size_t *bytes);

#endif
