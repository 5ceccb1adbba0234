// What the host asks of a program that is busy: every question, from a thread that plays the host,
// while goroutines meet, allocate, wait, and are lost. The answers are walked as the host does it.

#include <pthread.h>

#include "../../runtime/ask/ask.h"
#include "../../runtime/base/os.h"
#include "../../runtime/sched/sched.h"
#include "../../runtime/trace/trace.h"
#include "check.h"

extern AtomicU32 os_newscount;
Request *rt_host_request(uint32_t kind, uint32_t arg);
void rt_host_request_free(Request *r);
uint32_t rt_host_counts(CountsHead *head, uint32_t room);
uint32_t rt_host_heap(HeapGlance *head, uint32_t room, uint32_t since);
uint32_t rt_host_trace(TraceHead *head, uint32_t room, uint32_t id, uint32_t from);
uint32_t rt_host_entries(EntriesHead *head, uint32_t room, uint32_t from);
const char *rt_host_profile_name(uint32_t i);

enum { Lost = 3, Open = 256, Busy = 6 };

static AtomicU32 over;                // the program may stop being busy
static _Atomic uint64_t lostid[Lost]; // of those that nobody can wake
static GoProfile *mine;

// --- the program ---

static void
lost(void *arg)
{
	uint32_t x;

	lostid[(uintptr_t)arg] = go_id();
	go_chan_recv(go_chan_make(sizeof x, 0), &x);
}

static GoMutex mutex;
static GoChan *ring[Busy];

static void
busy(void *arg)
{
	uintptr_t me = (uintptr_t)arg;
	uint32_t x = (uint32_t)me;

	while (!load_seq(&over)) {
		void **p = go_alloc(100 + x % 4000);
		void *q = malloc(50);

		go_profile_add(mine, q, 0);
		go_mutex_lock(&mutex);
		x++;
		if (x % 16 == 0)
			go_gosched();
		go_mutex_unlock(&mutex);
		*p = q;
		if (!go_chan_try_send(ring[me], &x))
			go_chan_try_recv(ring[(me + 1) % Busy], &x, NULL);
		rt_safepoint();
		go_profile_remove(mine, q);
		free(q);
	}
}

// --- the host ---

static void
wait_for(Request *r)
{
	for (;;) {
		uint32_t seen = load_seq(&os_newscount);

		if (load_acq(&r->state) != AskPending)
			return;
		os_futexsleep(&os_newscount, seen, -1);
	}
}

// The answer, to be freed; NULL: it failed.
static void *
ask(uint32_t kind, uint32_t arg, size_t *bytes)
{
	Request *r = rt_host_request(kind, arg);
	void *copy = NULL;

	CHECK(r);
	wait_for(r);
	*bytes = r->bytes;
	if (r->state == AskDone) {
		copy = malloc(r->bytes + 1);
		memcpy(copy, r->answer, r->bytes);
		((char *)copy)[r->bytes] = '\0';
	}
	rt_host_request_free(r);
	return copy;
}

static uint32_t
ask_word(uint32_t kind, uint32_t arg)
{
	size_t bytes;
	uint32_t *p = ask(kind, arg, &bytes), word;

	CHECK(p && bytes == sizeof *p);
	word = *p;
	free(p);
	return word;
}

static void
walk_stack(void)
{
	size_t bytes;
	char *text = ask(AskStack, 0, &bytes);

	CHECK(text && strlen(text) == bytes && strncmp(text, "goroutine 1 [", 13) == 0);
	free(text);
}

// Each goroutine once; the graph behind them, if there is one.
static void
walk_dump(uint32_t kind)
{
	size_t bytes;
	DumpHead *head = ask(kind, 0, &bytes);
	uint32_t *w, *end;

	if (!head) { // it could not be told
		CHECK(kind != AskDump);
		return;
	}
	end = (uint32_t *)((char *)head + bytes);
	w = (uint32_t *)(head + 1);
	CHECK(head->magic == DumpMagic && head->version == AbiVersion);
	for (uint32_t i = 0; i < head->n; i++) {
		DumpG *g = (DumpG *)w;
		bool known = false;

		CHECK(g->pcs <= end && g->status <= Gdead && join64(g->id) > 0);
		for (int k = 0; k < Lost; k++)
			known |= join64(g->id) == lostid[k];
		CHECK(kind != AskLeaks || (known && g->flags & DumpLeaked));
		w = g->pcs + g->npcs + (g->flags & DumpDetail ? DetailBytes / 4 : 0);
	}
	CHECK(w == (uint32_t *)head + head->waits);
	if (kind == AskWaits) {
		WaitsHead *waits = (WaitsHead *)w;
		WaitsPair *pairs = (WaitsPair *)((WaitsThing *)(waits + 1) + waits->nthings);

		for (uint32_t i = 0; i < waits->nwaits + waits->nedges; i++)
			CHECK(pairs[i].thing < waits->nthings);
		w = (uint32_t *)(pairs + waits->nwaits + waits->nedges);
	}
	CHECK(w == end);
	free(head);
}

static void
walk_profile(uint32_t kind, uint32_t arg)
{
	size_t bytes;
	ProfileHead *head = ask(kind, arg, &bytes);
	StackRecord *r = (StackRecord *)(head + 1);

	CHECK(head && head->magic == ProfileMagic && head->version == AbiVersion);
	for (uint32_t i = 0; i < head->n; i++) {
		CHECK(r->npcs <= MaxStackRecord);
		r = (StackRecord *)(r->pcs + r->npcs);
	}
	CHECK((char *)r == (char *)head + bytes);
	free(head);
}

static void
walk_heap(void)
{
	size_t bytes;
	HeapHead *head = ask(AskHeapProfile, 0, &bytes);
	HeapRecord *r = (HeapRecord *)(head + 1);

	CHECK(head && head->magic == HeapMagic && head->version == AbiVersion);
	for (uint32_t i = 0; i < head->n; i++) {
		CHECK(join64(r->sampled.frees) <= join64(r->sampled.allocs));
		r = (HeapRecord *)(r->pcs + r->npcs);
	}
	CHECK((char *)r == (char *)head + bytes);
	free(head);
}

static void
walk_delays(uint32_t kind)
{
	size_t bytes;
	BlockHead *head = ask(kind, 0, &bytes);
	GoBlockProfileRecord *r = (GoBlockProfileRecord *)(head + 1);

	CHECK(head && head->magic == BlockMagic && head->version == AbiVersion);
	CHECK(sizeof *head + head->n * sizeof *r <= bytes);
	for (uint32_t i = 0; i < head->n; i++)
		CHECK(r[i].count > 0 && r[i].ns >= 0);
	free(head);
}

static void
walk_memory(void)
{
	size_t bytes;
	GoMemStats *s = ask(AskMemStats, 0, &bytes);

	CHECK(s && bytes == sizeof *s);
	CHECK(s->heap_objects == s->mallocs - s->frees &&
	      s->heap_sys == s->heap_idle + s->heap_inuse);
	free(s);
	CHECK(ask_word(AskGc, 0) == 0);
}

static void
walk_cpu(void)
{
	size_t bytes;
	CpuHead *head;
	uint32_t *log, *end;

	CHECK(ask_word(AskCpuStart, 1000) == true);
	CHECK(ask_word(AskCpuStart, 100) == false);
	head = ask(AskCpuStop, 0, &bytes);
	CHECK(head && head->magic == CpuMagic && head->version == AbiVersion);
	log = (uint32_t *)(head + 1);
	end = (uint32_t *)((char *)head + bytes);
	CHECK(log[0] == 0 && log[1] == 3 && log[2] == 0);
	for (log += 5; log < end;) // no frames are known here
		log += 2 + log[1];
	CHECK(log == end);
	free(head);
	CHECK(!ask(AskCpuStop, 0, &bytes));
}

static void
glance(void)
{
	static union {
		CountsHead counts;
		HeapGlance heap;
		TraceHead trace;
		EntriesHead entries;
		uint64_t room[1 << 12];
	} u;
	CountsP *first = (CountsP *)(&u.counts + 1);
	uint32_t n = rt_host_counts(&u.counts, sizeof u), since;

	CHECK(n == sizeof u.counts + u.counts.procs * sizeof *first);
	for (uint32_t i = 0; i < u.counts.procs; i++)
		CHECK(first[i].status <= Pdead);
	CHECK(rt_host_counts(&u.counts, sizeof u.counts) == sizeof u.counts);
	CHECK(rt_host_counts(&u.counts, sizeof u.counts - 1) == 0);

	CHECK(rt_host_heap(&u.heap, sizeof u, 0) >= sizeof u.heap);
	since = u.heap.ngc;
	n = rt_host_heap(&u.heap, sizeof u, since);
	CHECK(n == sizeof u.heap + (u.heap.ngc - since) * sizeof(Collection));

	for (uint32_t id = 0; (n = rt_host_trace(&u.trace, sizeof u, id, 0)) > 0; id++)
		CHECK(n == sizeof u.trace + u.trace.n * sizeof(uint64_t));
	n = rt_host_entries(&u.entries, sizeof u, 0);
	CHECK((n - sizeof u.entries) % sizeof(EntriesG) == 0);
}

static void
ask_all(uint32_t turn)
{
	size_t bytes;

	walk_stack();
	walk_dump(AskDump);
	walk_profile(AskGoroutineProfile, 0);
	walk_profile(AskThreadProfile, 0);
	CHECK(ask_word(AskMaxProcs, 1 + turn % 3) >= 1);
	walk_memory();
	walk_heap();
	walk_cpu();
	ask_word(AskBlockRate, turn % 2);
	ask_word(AskMutexFraction, 1);
	walk_delays(AskBlockProfile);
	walk_delays(AskMutexProfile);
	CHECK(strcmp(rt_host_profile_name(0), "native/mine") == 0 && !rt_host_profile_name(1));
	walk_profile(AskUserProfile, 0);
	CHECK(!ask(AskUserProfile, 1, &bytes));
	walk_dump(AskLeaks);
	walk_dump(AskWaits);
	CHECK(!ask(0, 0, &bytes) && !ask(AskKinds, 0, &bytes) && !ask(1000, 0, &bytes));
	glance();
}

// All that can be open at once, two of each kind at the same time.
static void
ask_many(void)
{
	static const uint32_t kinds[] = {AskLeaks,       AskLeaks,   AskWaits,       AskDump,
	                                 AskWaits,       AskGc,      AskHeapProfile, AskStack,
	                                 AskUserProfile, AskMemStats};
	Request *open[Open];

	for (uint32_t i = 0; i < Open; i++) {
		open[i] = rt_host_request(kinds[i % nelem(kinds)], 0);
		CHECK(open[i]);
	}
	CHECK(!rt_host_request(AskDump, 0));
	for (uint32_t i = 0; i < Open; i++) {
		wait_for(open[i]);
		rt_host_request_free(open[i]);
	}
}

static void *
host(void *arg)
{
	(void)arg;
	for (uint32_t i = 0; i < (uint32_t)scaled(6); i++)
		ask_all(i);
	ask_many();
	ask_many();
	store_seq(&over, 1);
	return NULL;
}

static void
questions(void)
{
	pthread_t thread;

	for (uintptr_t i = 0; i < Lost; i++)
		go(lost, (void *)i);
	for (uintptr_t i = 0; i < Busy; i++)
		ring[i] = go_chan_make(sizeof(uint32_t), 2);
	for (uintptr_t i = 0; i < Busy; i++)
		go(busy, (void *)i);
	CHECK(pthread_create(&thread, NULL, host, NULL) == 0);
	while (!load_seq(&over))
		go_sleep(GO_MILLISECOND);
	pthread_join(thread, NULL);
}

static const Test tests[] = {TEST(questions)};

int
main(int argc, char **argv)
{
	mine = go_profile_new("native/mine");
	return RUN_TESTS(tests);
}
