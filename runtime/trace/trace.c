#include "trace.h"

// The flight recorder, but for what is inlined where it happens.

TraceClock rt_traceclock = {.tick = 1};

static uint64_t
lap_of(const TraceRing *r, uint32_t n)
{
	return (uint64_t)((n >> r->shift) + 1) << TraceLap; // a fresh ring says 0
}

TraceRing *
rt_trace_newring(int32_t words)
{
	uint32_t log = 0;
	TraceRing *r;

	if (words <= 0)
		return NULL;
	while (1 << log < TraceLeast || (1 << log < words && 1 << log < TraceMost))
		log++;
	r = os_alloc(sizeof *r + (sizeof r->words[0] << log));
	if (r) {
		r->mask = (1u << log) - 1;
		r->shift = log;
		r->every = r->mask / 4 < TraceBlock ? r->mask / 4 : TraceBlock - 1;
	}
	return r;
}

void
rt_trace_exact(bool on)
{
	add_seq(&rt_traceclock.exact, on ? 1 : (uint32_t)-1);
	if (on)
		store_relaxed(&rt_traceclock.tick, 0);
}

void
rt_trace_tick(void)
{
	static uint32_t ticks = 1;

	if (++ticks == 0)
		ticks = 1;
	store_relaxed(&rt_traceclock.tick, load_seq(&rt_traceclock.exact) ? 0 : ticks);
}

NOINLINE uint32_t
rt_trace_context(M *mp, TraceRing *r)
{
	uint32_t n = load_relaxed(&r->n), tick = load_relaxed(&rt_traceclock.tick);
	uint64_t proc = mp->p ? (uint64_t)mp->p->id : TraceNoProc;
	uint64_t time = (uint64_t)(os_nanotime() - rt_traceclock.base) >> TraceUnit &
	                ((UINT64_C(1) << TraceTimeBits) - 1);

	store64_relaxed(&r->words[n & r->mask], lap_of(r, n) |
	                                                (uint64_t)TraceContext << TraceKindAt |
	                                                proc << TraceTimeBits | time);
	n++;
	store_relaxed(&r->n, n);
	r->lap = lap_of(r, n);
	r->due = (n | r->every) + 1;
	r->tick = tick ? tick : UINT32_MAX;
	return n;
}

void
rt_trace_idle(M *mp)
{
	if (mp->trace && mp->leave) {
		rt_trace_due(mp);
		rt_trace_put(mp, TraceLeft, mp->leave, 0);
	}
	mp->leave = LeftNot;
}

void
rt_trace(enum TraceKind kind, uint32_t arg, uint64_t value)
{
	M *mp = rt_m();

	if (!mp || !mp->trace)
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

void
rt_trace_go(M *mp, G *gp)
{
	uint64_t entry = (uintptr_t)gp->fn;

	if (mp && mp->trace)
		rt_trace_put(mp, TraceGo, 0,
		             gp->id | (entry < TraceNoEntry ? entry : TraceNoEntry) << TraceEntry);
}

// --- reading ---

// 1: word i was read; 0: it is not written yet, as far as can be seen; -1: it is overwritten.
static int
read(const TraceRing *r, uint32_t i, uint64_t *out)
{
	*out = load64_acq(&r->words[i & r->mask]);
	if (load_acq(&r->n) - i > r->mask)
		return -1;
	return *out >> TraceLap == lap_of(r, i) >> TraceLap;
}

uint32_t
rt_trace_read(const TraceRing *r, uint32_t *from, uint64_t *out, uint32_t max)
{
	uint32_t end = load_acq(&r->n), first = *from, n = 0;
	int got = 1;

	// The oldest one may be under the writer's hands.
	if (end - first > r->mask)
		first = end - r->mask;
	while (n < max && first + n != end && (got = read(r, first + n, out + n)) > 0)
		n++;
	if (n == 0 && got < 0) // overtaken at once: begin where the writer needs longer to get to
		first = end - r->mask / 2;
	*from = first;
	return n;
}
