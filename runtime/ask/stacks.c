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
MAYSWITCH void
rt_answer_stack(Request *r)
{
	int level = rt_gotraceback(NULL);
	Dump d = rt_dump_collect(NULL, 0, level > 1);

	for (size_t size = 64 << 10; d.head && !r->answer; size *= 2) {
		char *buf = rt_malloc_noscan(size);
		size_t n;

		if (!buf)
			break;
		n = rt_dump_print_into(buf, size, &d, level);
		if (n < size)
			rt_answer(r, buf, n);
		else
			rt_free(buf);
	}
	rt_dump_free(&d);
}

static void
answer_dump(Request *r, const Dump *d)
{
	rt_answer(r, d->head, d->n * sizeof(uint32_t));
}

MAYSWITCH void
rt_answer_dump(Request *r)
{
	Dump d = rt_dump_collect(NULL, 0, rt_gotraceback(NULL) > 1);

	answer_dump(r, &d);
}

MAYSWITCH void
rt_answer_leaks(Request *r)
{
	Dump d;

	rt_dump_leaked(&d);
	answer_dump(r, &d);
}

MAYSWITCH void
rt_answer_waits(Request *r)
{
	Dump d;

	rt_dump_waits(&d);
	answer_dump(r, &d);
}

// --- profiles ---

static StackRecord *
begin(ProfileHead *head, uint32_t n)
{
	*head = (ProfileHead){.magic = ProfileMagic, .version = AbiVersion, .n = n};
	return (StackRecord *)(head + 1);
}

static void
end(Request *r, ProfileHead *head, const StackRecord *to)
{
	rt_answer(r, head, (size_t)((const char *)to - (const char *)head));
}

MAYSWITCH void
rt_answer_goroutineprofile(Request *r)
{
	Dump d = rt_dump_collect(NULL, 0, false);
	// A goroutine takes more words in a dump than its stack takes here.
	ProfileHead *head = d.head ? rt_malloc_noscan(d.n * sizeof(uint32_t)) : NULL;

	if (head) {
		const DumpG *from = rt_dump_first(&d);
		StackRecord *to = begin(head, d.head->n);

		for (uint32_t i = 0; i < d.head->n; i++, from = rt_dump_next(from))
			to = put_stack(to, from->pcs,
			               from->npcs < MaxStackRecord ? from->npcs : MaxStackRecord,
			               from->label);
		end(r, head, to);
	}
	rt_dump_free(&d);
}

void
rt_answer_threadprofile(Request *r)
{
	M *first = (M *)loadp_acq(&sched.allm);
	ProfileHead *head;
	StackRecord *to;
	uint32_t n = 0;

	for (M *mp = first; mp; mp = mp->alllink)
		n++;
	head = rt_malloc_noscan(sizeof *head + n * (sizeof *to + MaxStackRecord * sizeof *to->pcs));
	if (!head)
		return;
	to = begin(head, n);
	for (M *mp = first; mp; mp = mp->alllink)
		to = put_stack(to, mp->createstack, load_acq(&mp->ncreate), 0);
	end(r, head, to);
}

// Room is made without the lock, so it may be too little.
void
rt_answer_userprofile(Request *r)
{
	GoProfile *p = rt_userprof(r->arg);
	size_t bytes = 0, room;
	ProfileHead *head = NULL;
	uint32_t n;

	if (!p)
		return;
	do {
		rt_free(head);
		room = bytes + bytes / 8;
		head = rt_malloc_noscan(sizeof *head + room);
		if (!head)
			return;
		bytes = rt_userprof_write(p, (StackRecord *)(head + 1), room, &n);
	} while (bytes > room);
	begin(head, n);
	rt_answer(r, head, sizeof *head + bytes);
}

// The same when the program has died, piece by piece: see rt_host_last_heap.
EXPORT(rt_host_last_user)
uint32_t
rt_host_last_user(uint32_t i, const void **piece)
{
	static union {
		ProfileHead head;
		StackRecord record;
		char room[sizeof(StackRecord) + MaxStackRecord * sizeof(uint32_t)];
	} u;
	static bool began;
	const GoProfile *p = rt_userprof(i);
	const StackRecord *end = NULL;

	*piece = &u;
	if (!began) {
		uint32_t n = 0;

		while (rt_userprof_died(p, &u.record))
			n++;
		end = begin(&u.head, n);
	} else {
		end = rt_userprof_died(p, &u.record);
	}
	began = end != NULL;
	return end ? (uint32_t)(((const char *)end - (const char *)&u) / sizeof(uint32_t)) : 0;
}

// --- at a glance, on the host's thread ---

// The name of the i-th profile that the program made; NULL: there are not so many.
EXPORT(rt_host_profile_name)
const char *
rt_host_profile_name(uint32_t i)
{
	const GoProfile *p = rt_userprof(i);

	return p ? rt_userprof_name(p) : NULL;
}

// The wait graph of a program in which all goroutines were asleep.
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
