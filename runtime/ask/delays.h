#ifndef RT_ASK_DELAYS_H
#define RT_ASK_DELAYS_H

// What the host asks about the block and mutex profiles. Answers are malloc'd words, *bytes long; NULL: no
// memory.

#include "../base/base.h"

void *rt_answer_blockprofile(size_t *bytes);
void *rt_answer_mutexprofile(size_t *bytes);
// Sets it; the old one. 0 is off.
uint32_t rt_answer_blockrate(uint32_t ns);
uint32_t rt_answer_mutexfraction(uint32_t n);

#endif
