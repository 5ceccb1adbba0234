#include "ask.h"

#include "../base/os.h"
#include "../sched/sched.h"
#include "../trace/trace.h"

// The flight recorder's rings, read on the host's thread while the world runs. Nothing is stopped,
// and no lock is taken.

// Room for the answers. It does not come from malloc: the collector would take numbers in it for
// pointers.
EXPORT(rt_host_trace_room)
void *
rt_host_trace_room(size_t bytes)
{
	return os_alloc(bytes);
}

static M *
find(uint32_t id)
{
	M *mp = (M *)loadp_acq(&sched.allm);

	while (mp && (uint32_t)mp->id != id)
		mp = mp->alllink;
	return mp;
}

// The words of the M with number id, from word number from on, as far as there is room. Returns how
// many bytes were written. 0: there is no such M, or it records nothing.
EXPORT(rt_host_trace)
uint32_t
rt_host_trace(TraceHead *head, uint32_t room, uint32_t id, uint32_t from)
{
	M *mp = find(id);
	int64_t now = os_nanotime() - rt_traceclock.base;
	uint64_t *words = (uint64_t *)(head + 1);

	if (!mp || !rt_tracing(mp) || room < sizeof *head)
		return 0;
	*head = (TraceHead){
		.from = from,
		.sysmon = mp->startfn != NULL,
		.now_ns = split64((uint64_t)now),
		.base_ns = split64((uint64_t)os_hosttime(rt_traceclock.base)),
	};
	head->n = rt_trace_read(&mp->trace, &head->from, words,
	                        (uint32_t)((room - sizeof *head) / sizeof *words));
	return (uint32_t)(sizeof *head + head->n * sizeof *words);
}

// on: from now on each event has the exact time, until everybody who asked for that has called it
// again with 0.
EXPORT(rt_host_trace_exact)
void
rt_host_trace_exact(uint32_t on)
{
	add_seq(&rt_traceclock.exact, on ? 1 : (uint32_t)-1);
	for (M *mp = (M *)loadp_acq(&sched.allm); on && mp; mp = mp->alllink)
		swapp_acqrel(&mp->trace.due, 0); // comes after the addition
}

// The goroutines that live now, from record number from on: the id of each, and the table slot of
// its function. If a record is reused for another goroutine meanwhile, it is dead at the second
// look, or has another id.
EXPORT(rt_host_entries)
uint32_t
rt_host_entries(EntriesHead *head, uint32_t room, uint32_t from)
{
	EntriesG *w = (EntriesG *)(head + 1), *end = w + (room - sizeof *head) / sizeof *w;

	head->from = from;
	for (; head->from < load_acq(&allglen) && w < end; head->from++) {
		G *gp = allg_at(head->from);
		uint64_t id = gp->id;
		uintptr_t fn;

		if (load_acq(&gp->status) == Gdead)
			continue;
		fn = (uintptr_t)gp->fn;
		if (load_acq(&gp->status) == Gdead || gp->id != id)
			continue;
		*w++ = (EntriesG){.id = split64(id), .slot = (uint32_t)fn};
	}
	return (uint32_t)((char *)w - (char *)head);
}
