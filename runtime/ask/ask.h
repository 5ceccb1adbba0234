#ifndef RT_ASK_H
#define RT_ASK_H

// What the host asks. The host calls exported functions on its own thread, and none of them waits
// for a worker. What can be read at a glance is read while the world runs. Anything else is a
// request. It goes into a list, and sysmon readies the service goroutine, which does the work as
// any goroutine would. The mailbox then reports to the host that there is an answer.
//
// To add a question: a kind and the records of its answer in words.h, a function here that makes
// the answer, a row in ask.c's table, and `node scripts/layout.mjs --write`; then the host may ask
// (host/requests.js).

#include "words.h"

// An answer is a block of rt_malloc_noscan, put into the request. The host reads it, and the
// service goroutine frees it. NULL: there is none. All rt_answer_ functions below have the type of
// a goroutine's function. So a call of them through a pointer makes nothing else suspendable.
ALWAYS_INLINE void
rt_answer(Request *r, void *p, size_t bytes)
{
	r->answer = p;
	r->bytes = bytes;
}

void rt_answer_word(Request *r, uint32_t word);

// stacks.c
MAYSWITCH void rt_answer_stack(Request *r);
MAYSWITCH void rt_answer_dump(Request *r);
MAYSWITCH void rt_answer_goroutineprofile(Request *r);
void rt_answer_threadprofile(Request *r);
void rt_answer_userprofile(Request *r); // arg: its number
MAYSWITCH void rt_answer_leaks(Request *r);
MAYSWITCH void rt_answer_waits(Request *r);
// memory.c
MAYSWITCH void rt_answer_memstats(Request *r);
MAYSWITCH void rt_answer_gc(Request *r);
void rt_answer_heapprofile(Request *r);
// cpu.c
MAYSWITCH void rt_answer_cpustart(Request *r); // arg: hz. A word: 0 if a profile runs already
MAYSWITCH void rt_answer_cpustop(Request *r);
// delays.c
void rt_answer_blockprofile(Request *r);
void rt_answer_mutexprofile(Request *r);
void rt_answer_blockrate(Request *r);     // arg: ns. A word: the old one
void rt_answer_mutexfraction(Request *r); // arg: n. A word: the old one
// counts.c
MAYSWITCH void rt_answer_maxprocs(Request *r); // arg: n. A word: the old one

#endif
