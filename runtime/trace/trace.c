#include "trace.h"

// The flight recorder, except for its inline functions.

TraceClock rt_traceclock;

static uint64_t
lap_of(const TraceRing *r, uint32_t n)
{
	return (uint64_t)((n >> r->shift) + 1) << TraceLap; // + 1: a new ring is all zero
}

static void
set_lap(TraceRing *r, uint32_t n)
{
	r->lap = lap_of(r, n);
	r->run = r->lap | (uint64_t)TraceRun << TraceKindAt;
}

void
rt_trace_initring(TraceRing *r, int32_t words)
{
	uint32_t log = 0;

	if (words <= 0)
		return;
	while (1 << log < TraceLeast || (1 << log < words && 1 << log < TraceMost))
		log++;
	r->words = os_alloc(sizeof r->words[0] << log);
	if (!r->words)
		return;
	r->mask = (1u << log) - 1;
	r->shift = log;
	r->every = r->mask / 4 < TraceBlock ? r->mask / 4 : TraceBlock - 1;
	set_lap(r, 0);
	storep_relaxed(&r->at, (uintptr_t)r->words);
}

// The ring is full: begins a new lap.
static AtomicU64 *
turn(TraceRing *r)
{
	uint32_t before = load_relaxed(&r->before) + r->mask + 1;

	set_lap(r, before);
	store_seq(&r->before, before | 1);
	swapp_acqrel(&r->at, (uintptr_t)r->words);
	store_seq(&r->before, before);
	return r->words;
}

NOINLINE AtomicU64 *
rt_trace_context(M *mp)
{
	TraceRing *r = &mp->trace;
	AtomicU64 *at = (AtomicU64 *)loadp_relaxed(&r->at), *end = r->words + r->mask + 1;
	uint64_t proc = mp->p ? (uint64_t)mp->p->id : TraceNoProc;
	uint64_t time = (uint64_t)(os_nanotime() - rt_traceclock.base) >> TraceUnit &
	                ((UINT64_C(1) << TraceTimeBits) - 1);

	if (at == end)
		at = turn(r);
	store64_relaxed(at, r->lap | (uint64_t)TraceContext << TraceKindAt | proc << TraceTimeBits |
	                            time);
	at++;
	storep_relaxed(&r->at, (uintptr_t)at);
	if (at == end)
		at = turn(r);
	// Before the look at exact: a client that wants exact times raises exact, then makes a
	// context due.
	swapp_acqrel(&r->due, (uintptr_t)(r->words + ((at - r->words) | r->every) + 1));
	if (load_seq(&rt_traceclock.exact))
		storep_relaxed(&r->due, 0);
	return at;
}

void
rt_trace_idle(M *mp)
{
	if (mp->leave) {
		rt_trace_due(mp);
		rt_trace_word(mp, (uint64_t)TraceLeft << TraceKindAt | mp->leave, &mp->trace.lap);
	}
	mp->leave = LeftNot;
}

void
rt_trace(enum TraceKind kind, uint32_t arg, uint64_t value)
{
	M *mp = rt_m();

	if (!mp)
		return;
	rt_trace_idle(mp);
	rt_trace_put(mp, kind, arg & 0xff, value);
}

void
rt_trace_now(enum TraceKind kind, uint32_t arg, uint64_t value)
{
	M *mp = rt_m();

	if (mp)
		rt_trace_due(mp);
	rt_trace(kind, arg, value);
}

// --- reading ---

uint32_t
rt_trace_count(const TraceRing *r)
{
	// A worker may have died while it began a new lap, so this does not wait for ever.
	for (int tries = 0;; tries++) {
		uint32_t before = load_seq(&r->before);
		uintptr_t at = loadp_seq(&r->at);

		if (tries == 1000)
			return before & ~1u;
		if (!(before & 1) && load_seq(&r->before) == before)
			return before + (uint32_t)((at - (uintptr_t)r->words) / sizeof r->words[0]);
	}
}

// 1: word i was read; 0: it does not seem to be written yet; -1: it is overwritten.
static int
read(const TraceRing *r, uint32_t i, uint64_t *out)
{
	*out = load64_acq(&r->words[i & r->mask]);
	if (rt_trace_count(r) - i > r->mask)
		return -1;
	return *out >> TraceLap == lap_of(r, i) >> TraceLap;
}

uint32_t
rt_trace_read(const TraceRing *r, uint32_t *from, uint64_t *out, uint32_t max)
{
	uint32_t end = rt_trace_count(r), first = *from, n = 0;
	int got = 1;

	// The writer may be overwriting the oldest word.
	if (end - first > r->mask)
		first = end - r->mask;
	while (n < max && first + n != end && (got = read(r, first + n, out + n)) > 0)
		n++;
	if (n == 0 && got < 0) // overtaken at once: next time begin further away from the writer
		first = end - r->mask / 2;
	*from = first;
	return n;
}
