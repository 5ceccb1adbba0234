#ifndef OS_BLOCKREQ_H
#define OS_BLOCKREQ_H

// What the host asks about the block and mutex profiles. Answers are malloc'd words, *bytes long; NULL: no
// memory.

#include "../runtime/base/base.h"

void *os_answer_blockprofile(size_t *bytes);
void *os_answer_mutexprofile(size_t *bytes);
// Sets it; the old one. 0 is off.
uint32_t os_set_blockrate(uint32_t ns);
uint32_t os_set_mutexfraction(uint32_t n);

#endif
