// The flight recorder's rings: read while they are written, nothing is ever taken for another
// event.

#include "check.h"

#include <pthread.h>

#include "../../runtime/sched/sched.h"
#include "../../runtime/trace/trace.h"

enum { Batch = 64 };

// An event tells in every field that can hold it where it is: the number of its word, or of the
// context that came before it.
static void
write_event(M *mp)
{
	uint32_t i = rt_trace_count(&mp->trace);

	rt_trace_put(mp, 2 + i % 30, i & 0xff, i);
}

static uint32_t
kind_of(uint64_t word)
{
	return word >> TraceKindAt & 31;
}

static void
check_word(const TraceRing *r, uint64_t word, uint32_t i)
{
	uint64_t value;

	CHECK(word >> TraceLap == (((i >> r->shift) + 1) & 0xff));
	if (kind_of(word) == TraceContext) {
		CHECK((word >> TraceTimeBits & TraceNoProc) == TraceNoProc);
		return;
	}
	value = word & ((UINT64_C(1) << TraceArg) - 1);
	CHECK(value == i || value == i - 1);
	CHECK((word >> TraceArg & 0xff) == (value & 0xff));
	CHECK(kind_of(word) == 2 + value % 30);
}

static void
check_words(const TraceRing *r, const uint64_t *words, uint32_t n, uint32_t from)
{
	for (uint32_t i = 0; i < n; i++)
		check_word(r, words[i], from + i);
}

static TraceRing
ring_of(uint32_t events)
{
	TraceRing r = {0};

	rt_trace_initring(&r, (int32_t)events);
	CHECK(r.words && r.mask + 1 == (events < TraceLeast ? TraceLeast : events));
	return r;
}

static void
last_events(void)
{
	M m = {.trace = ring_of(1)};
	uint64_t out[Batch];
	uint32_t from = 0;

	CHECK(rt_trace_read(&m.trace, &from, out, Batch) == 0 && from == 0);
	for (int i = 0; i < 5; i++)
		write_event(&m);
	CHECK(rt_trace_read(&m.trace, &from, out, 2) == 2 && from == 0);
	check_words(&m.trace, out, 2, 0);
	CHECK(kind_of(out[0]) == TraceContext && kind_of(out[1]) != TraceContext);
	from = 2;
	CHECK(rt_trace_read(&m.trace, &from, out, Batch) == rt_trace_count(&m.trace) - 2 &&
	      from == 2);
	// Of a full ring the oldest is not told: its writer may be at it. And all laps look like
	// others.
	while (rt_trace_count(&m.trace) < 10000) {
		uint32_t first, n;

		write_event(&m);
		first = rt_trace_count(&m.trace) > 15 ? rt_trace_count(&m.trace) - 15 : 0;
		from = 0;
		n = rt_trace_read(&m.trace, &from, out, Batch);
		CHECK(from == first && n == rt_trace_count(&m.trace) - first);
		check_words(&m.trace, out, n, from);
	}
}

// In each block of words there is one at least: who begins to read in the middle needs no more.
static void
contexts(void)
{
	M m = {.trace = ring_of(4 * TraceBlock)};
	uint64_t out[2 * TraceBlock];
	uint32_t from = 0, last = 0, n;

	for (int i = 0; i < 100000; i++) {
		if (i % 7 == 0 || rt_fastrand() % 300 == 0)
			rt_trace_due(&m);
		write_event(&m);
		if (i % 7 == 0)
			CHECK(kind_of(m.trace.words[(rt_trace_count(&m.trace) - 2) &
			                            m.trace.mask]) == TraceContext);
		if (rt_trace_count(&m.trace) - from < 2 * TraceBlock)
			continue;
		n = rt_trace_read(&m.trace, &from, out, 2 * TraceBlock);
		check_words(&m.trace, out, n, from);
		for (uint32_t k = 0; k < n; k++)
			if (kind_of(out[k]) == TraceContext)
				last = from + k;
			else
				CHECK(from + k - last <= TraceBlock);
		from += n;
	}
}

static void
start_at(TraceRing *r, uint32_t n)
{
	store_seq(&r->before, n & ~r->mask);
	storep_relaxed(&r->at, (uintptr_t)(r->words + (n & r->mask)));
	r->lap = (uint64_t)((n >> r->shift) + 1) << TraceLap;
}

// Counted modulo 2^32.
static void
many_events(void)
{
	M m = {.trace = ring_of(16)};
	uint64_t out[Batch];
	uint32_t from = UINT32_MAX - 20;

	start_at(&m.trace, from);
	while ((int32_t)(rt_trace_count(&m.trace) - 20) < 0)
		write_event(&m);
	CHECK(rt_trace_read(&m.trace, &from, out, Batch) == 15 &&
	      from == rt_trace_count(&m.trace) - 15);
	check_words(&m.trace, out, 15, from);
}

// A word that is not seen yet though its count is, and one that was never written.
static void
unseen_word(void)
{
	M m = {.trace = ring_of(16)};
	AtomicU64 *word = &m.trace.words[18 % 16];
	uint64_t out[Batch];
	uint32_t from = 0, end;

	while (rt_trace_count(&m.trace) < 20)
		write_event(&m);
	end = rt_trace_count(&m.trace);
	*word = (*word & ((UINT64_C(1) << TraceLap) - 1)) | UINT64_C(1) << TraceLap;
	CHECK(rt_trace_read(&m.trace, &from, out, Batch) == 18 - (end - 15) && from == end - 15);
	from = 18;
	CHECK(rt_trace_read(&m.trace, &from, out, Batch) == 0 && from == 18);
	storep_relaxed(&m.trace.at, m.trace.at + sizeof(AtomicU64));
	from = end;
	CHECK(rt_trace_read(&m.trace, &from, out, Batch) == 0 && from == end);
}

static _Atomic bool stop;

static void *
writer(void *arg)
{
	while (!stop)
		write_event(arg);
	return NULL;
}

static void
overwritten_while_read(void)
{
	static M m;
	pthread_t thread;
	uint64_t out[Batch];
	uint32_t from = 0, seen = 0;

	m.trace = ring_of(64);
	stop = false;
	CHECK(pthread_create(&thread, NULL, writer, &m) == 0);
	for (int rounds = 0; rounds < scaled(20000) || seen < 1000; rounds++) {
		uint32_t n = rt_trace_read(&m.trace, &from, out, Batch);

		check_words(&m.trace, out, n, from);
		from += n;
		seen += n;
	}
	stop = true;
	pthread_join(thread, NULL);
}

// --- the program's own rings ---

static GoChan *ball;
static GoWaitGroup players;

static void
player(void *arg)
{
	int v;

	(void)arg;
	while (go_chan_recv(ball, &v))
		if (v > 0) {
			v--;
			go_chan_send(ball, &v);
		} else {
			go_chan_close(ball);
		}
	go_waitgroup_done(&players);
}

// Whatever Ms there are: what is read is what one of them may have written.
static void
rings_of_a_busy_program(void)
{
	int n = scaled(20000);
	uint64_t out[Batch];
	uint32_t runs = 0;

	ball = go_chan_make(sizeof(int), 1);
	go_waitgroup_add(&players, 8);
	for (int i = 0; i < 8; i++)
		go(player, NULL);
	go_chan_send(ball, &n);
	for (int rounds = 0; rounds < 200 || runs == 0; rounds++) {
		for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink) {
			uint32_t n = rt_trace_count(&mp->trace), from = n < Batch ? 0 : n - Batch;
			uint32_t got = rt_trace_read(&mp->trace, &from, out, Batch);

			for (uint32_t i = 0; i < got; i++) {
				uint32_t kind = kind_of(out[i]);
				uint64_t value = out[i] & ((UINT64_C(1) << TraceArg) - 1);

				CHECK(kind >= TraceContext && kind <= TraceGcEnd);
				if (kind == TraceGo)
					value &= (UINT64_C(1) << TraceEntry) - 1;
				value &= ~(kind == TraceGo ? UINT64_C(1) << (TraceEntry - 1)
				                           : ServiceIds);
				if (kind == TraceRun || kind == TraceReady || kind == TraceGo)
					CHECK(value > 0 && value < (UINT64_C(1) << 33));
				runs += kind == TraceRun;
			}
		}
		go_gosched();
	}
	go_waitgroup_wait(&players);
}

static const Test tests[] = {
	TEST(last_events),
	TEST(contexts),
	TEST(many_events),
	TEST(unseen_word),
	TEST(overwritten_while_read),
	TEST(rings_of_a_busy_program),
};

int
main(int argc, char **argv)
{
	return RUN_TESTS(tests);
}
