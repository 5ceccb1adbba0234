#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include "../base/debug.h"
#include "../base/print.h"
#include "../mem/malloc.h"
#include "../prof/dump.h"
#include "../prof/userprof.h"
#include "../sched/sched.h"

// Stacks: as text, as records, as profiles.

// Text of any length: prints again into a bigger buffer until it fits.
MAYSWITCH Answer
rt_answer_stack(uint32_t arg)
{
	int level = rt_gotraceback(NULL);
	Dump d = rt_dump_collect(NULL, 0, level > 1);
	Answer a = {NULL, 0};

	(void)arg;
	for (size_t size = 64 << 10; d.head && !a.p; size *= 2) {
		char *buf = rt_malloc_noscan(size);

		if (!buf)
			break;
		a.bytes = rt_dump_print_into(buf, size, &d, level);
		if (a.bytes < size)
			a.p = buf;
		else
			rt_free(buf);
	}
	rt_dump_free(&d);
	return a;
}

static Answer
of_dump(Dump d)
{
	return (Answer){d.head, d.n * sizeof(uint32_t)};
}

MAYSWITCH Answer
rt_answer_dump(uint32_t arg)
{
	(void)arg;
	return of_dump(rt_dump_collect(NULL, 0, rt_gotraceback(NULL) > 1));
}

MAYSWITCH Answer
rt_answer_leaks(uint32_t arg)
{
	Dump d;

	(void)arg;
	rt_dump_leaked(&d);
	return of_dump(d);
}

MAYSWITCH Answer
rt_answer_waits(uint32_t arg)
{
	Dump d;

	(void)arg;
	rt_dump_waits(&d);
	return of_dump(d);
}

// --- profiles ---

static StackRecord *
begin(ProfileHead *head, uint32_t n)
{
	*head = (ProfileHead){.magic = ProfileMagic, .version = AbiVersion, .n = n};
	return (StackRecord *)(head + 1);
}

static Answer
end(ProfileHead *head, const StackRecord *to)
{
	return (Answer){head, (size_t)((const char *)to - (const char *)head)};
}

MAYSWITCH Answer
rt_answer_goroutineprofile(uint32_t arg)
{
	Dump d = rt_dump_collect(NULL, 0, false);
	// A goroutine of a dump is larger than its stack here.
	ProfileHead *head = d.head ? rt_malloc_noscan(d.n * sizeof(uint32_t)) : NULL;
	StackRecord *to = NULL;

	(void)arg;
	if (head) {
		const DumpG *from = rt_dump_first(&d);

		to = begin(head, d.head->n);
		for (uint32_t i = 0; i < d.head->n; i++, from = rt_dump_next(from))
			to = put_stack(to, from->pcs,
			               from->npcs < MaxStackRecord ? from->npcs : MaxStackRecord,
			               from->label);
	}
	rt_dump_free(&d);
	return end(head, to);
}

Answer
rt_answer_threadprofile(uint32_t arg)
{
	M *first = (M *)loadp_acq(&sched.allm);
	ProfileHead *head;
	StackRecord *to;
	uint32_t n = 0;

	(void)arg;
	for (M *mp = first; mp; mp = mp->alllink)
		n++;
	head = rt_malloc_noscan(sizeof *head + n * (sizeof *to + MaxStackRecord * sizeof *to->pcs));
	if (!head)
		return (Answer){NULL, 0};
	to = begin(head, n);
	for (M *mp = first; mp; mp = mp->alllink)
		to = put_stack(to, mp->createstack, mp->ncreate, 0);
	return end(head, to);
}

// Room is made without the lock, and may then be too little.
Answer
rt_answer_userprofile(uint32_t number)
{
	GoProfile *p = rt_userprof(number);
	size_t bytes = 0, room;
	ProfileHead *head = NULL;
	uint32_t n;

	if (!p)
		return (Answer){NULL, 0};
	do {
		rt_free(head);
		room = bytes + bytes / 8;
		head = rt_malloc_noscan(sizeof *head + room);
		if (!head)
			return (Answer){NULL, 0};
		bytes = rt_userprof_write(p, (StackRecord *)(head + 1), room, &n);
	} while (bytes > room);
	begin(head, n);
	return (Answer){head, sizeof *head + bytes};
}

// --- at a glance, on the host's thread ---

// The name of a profile of the program's own, by number; NULL: there are not so many.
EXPORT(rt_host_profile_name)
const char *
rt_host_profile_name(uint32_t i)
{
	const GoProfile *p = rt_userprof(i);

	return p ? rt_userprof_name(p) : NULL;
}

// Who waited for whom when all were asleep: where the words are, and how many.
EXPORT(rt_host_last_waits)
const Dump *
rt_host_last_waits(void)
{
	return &rt_dump_last;
}

EXPORT(rt_host_reason)
const char *
rt_host_reason(uint32_t i)
{
	return rt_reason_text(i);
}
