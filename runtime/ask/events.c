#include "../trace/trace.h"

#include "../sched/sched.h"

// The flight recorder's rings, read on the host's thread while the world runs: nothing is stopped, no
// lock is taken. host/trace/read.js knows the words.

enum { HeadWords = 8, EntryWords = 3 };

// Room for the answers. Not of malloc: the collector would take the numbers in it for pointers.
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

// The words of M number id, from number from on, as far as there is room. 0: there is no such M, or
// it records nothing.
EXPORT(rt_host_trace)
uint32_t
rt_host_trace(uint32_t *w, uint32_t max, uint32_t id, uint32_t from)
{
	M *mp = find(id);
	int64_t now = os_nanotime() - rt_traceclock.base;

	if (!mp || !mp->trace || max < HeadWords)
		return 0;
	w[0] = from;
	w[1] = rt_trace_read(mp->trace, &w[0], (uint64_t *)(w + HeadWords), (max - HeadWords) / 2);
	w[2] = mp->startfn != NULL; // sysmon
	w[3] = 0;
	*(int64_t *)(w + 4) = now;
	*(int64_t *)(w + 6) = os_hosttime(rt_traceclock.base);
	return HeadWords + w[1] * 2;
}

// From now on each event has the exact time, until as many who asked for it want it no more.
EXPORT(rt_host_trace_exact)
void
rt_host_trace_exact(uint32_t on)
{
	add_seq(&rt_traceclock.exact, on ? 1 : (uint32_t)-1);
	for (M *mp = (M *)loadp_acq(&sched.allm); on && mp; mp = mp->alllink)
		if (mp->trace) // a store that comes after that one
			swapp_acqrel(&mp->trace->due, 0);
}

// Whose functions the goroutines are that live now, from record number *from on: id and table slot. A
// record that is taken for another goroutine meanwhile is dead in between, or has another id.
EXPORT(rt_host_entries)
uint32_t
rt_host_entries(uint32_t *w, uint32_t max, uint32_t from)
{
	uint32_t n = 1;

	w[0] = from;
	for (; w[0] < load_acq(&allglen) && n + EntryWords <= max; w[0]++) {
		G *gp = allg_at(w[0]);
		uint64_t id = gp->id;
		uintptr_t fn;

		if (load_acq(&gp->status) == Gdead)
			continue;
		fn = (uintptr_t)gp->fn;
		if (load_acq(&gp->status) == Gdead || gp->id != id)
			continue;
		w[n++] = (uint32_t)id;
		w[n++] = (uint32_t)(id >> 32);
		w[n++] = fn;
	}
	return n;
}
