#ifndef RT_ASK_H
#define RT_ASK_H

// What the host asks. It calls exported functions on its own thread, and none of them waits for a
// worker: what can be told at a glance is read while the world runs, and what needs the world is a
// request. A request goes into a list, sysmon readies the service goroutine, which does the work as
// any goroutine would, and the mailbox tells the host that there is an answer.
//
// To add a question: a kind and the records of its answer in words.h, a function here that makes
// the answer, a row in ask.c's table, and `node scripts/layout.mjs --write`; then the host may ask
// (host/requests.js).

#include "words.h"

// What the service goroutine answers. NULL: it could not. The host reads it, and the service
// goroutine frees it.
typedef struct Answer Answer;
struct Answer {
	void *p;
	size_t bytes;
};

// One word.
Answer rt_answer_word(uint32_t word);

// stacks.c
MAYSWITCH Answer rt_answer_stack(uint32_t);
MAYSWITCH Answer rt_answer_dump(uint32_t);
MAYSWITCH Answer rt_answer_goroutineprofile(uint32_t);
Answer rt_answer_threadprofile(uint32_t);
Answer rt_answer_userprofile(uint32_t number);
MAYSWITCH Answer rt_answer_leaks(uint32_t);
MAYSWITCH Answer rt_answer_waits(uint32_t);
// memory.c
MAYSWITCH Answer rt_answer_memstats(uint32_t);
MAYSWITCH Answer rt_answer_gc(uint32_t);
Answer rt_answer_heapprofile(uint32_t);
// cpu.c. 0: there is one already.
MAYSWITCH Answer rt_answer_cpustart(uint32_t hz);
MAYSWITCH Answer rt_answer_cpustop(uint32_t);
// delays.c. The rates: the old one.
Answer rt_answer_blockprofile(uint32_t);
Answer rt_answer_mutexprofile(uint32_t);
Answer rt_answer_blockrate(uint32_t ns);
Answer rt_answer_mutexfraction(uint32_t n);
// counts.c
MAYSWITCH Answer rt_answer_maxprocs(uint32_t n);

#endif
