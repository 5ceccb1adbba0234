// The CPU profile's log, with made-up samples: merging, eviction, halves, lost samples, the end.
// And who may start, end and read it.

#include "../../runtime/prof/cpulog.h"
#include "../../runtime/prof/cpuprof.h"
#include "../../runtime/prof/texts.h"
#include "check.h"

// All that is left of the log, copied.
static uintptr_t *words;
static size_t nwords;
static bool host; // who reads

static bool
take(void)
{
	const uintptr_t *w;
	size_t n = rt_cpulog_read(&w, host);

	if (n == 0)
		return false;
	words = realloc(words, (nwords + n) * sizeof *words);
	memcpy(words + nwords, w, n * sizeof *w);
	nwords += n;
	return true;
}

static void
open_log(uint32_t period)
{
	nwords = 0;
	CHECK(rt_cpulog_open(period, false));
}

// To the end; returns the samples told.
static uint64_t
drain(void)
{
	uint64_t sum = 0;
	size_t at = 5;

	rt_cpulog_close();
	CHECK(!rt_cpulog_open(1, false)); // not before it is read
	while (take())
		;
	for (; words[at]; at += 2 + words[at + 1])
		sum += words[at];
	CHECK(at + 3 == nwords && words[at + 1] == 1 && words[at + 2] == 0);
	return sum;
}

static void
stream(void)
{
	static const uint32_t a[] = {1, 2, 3}, b[] = {9};
	static const uintptr_t want[][5] = {{0, 3, 0, 10000, 0}, {2, 3, 1, 2, 3}};
	size_t at;

	CHECK(rt_cpulog_read(NULL, false) == 0);
	open_log(10000);
	CHECK(!rt_cpulog_open(10000, false));
	rt_cpulog_add(a, 3, 1);
	rt_cpulog_add(b, 1, 5);
	rt_cpulog_add(a, 3, 1);
	rt_cpulog_add(b, 0, 4); // nobody knows where
	CHECK(drain() == 11);
	CHECK(memcmp(words, want[0], sizeof want[0]) == 0);
	CHECK(nwords == 5 + 5 + 3 + 2 + 3);
	for (at = 5; words[at + 1] != 3; at += 2 + words[at + 1])
		;
	CHECK(memcmp(words + at, want[1], sizeof want[1]) == 0);
	rt_cpulog_add(a, 3, 1); // to nobody
}

static void
empty(void)
{
	open_log(1);
	CHECK(drain() == 0 && nwords == 5 + 3);
}

static void
deep(void)
{
	uint32_t pcs[CpuDepth + 10];

	for (uint32_t i = 0; i < CpuDepth + 10; i++)
		pcs[i] = i + 1;
	open_log(1);
	rt_cpulog_add(pcs, CpuDepth + 10, 1);
	CHECK(drain() == 1);
	CHECK(words[6] == CpuDepth && words[7] == 1 && words[6 + CpuDepth] == CpuDepth);
}

// Stacks of one pc with the same remainder share a set: 41 is odd.
static void
evicts_the_smallest(void)
{
	open_log(1);
	for (uint32_t i = 0; i < CpuWays; i++) {
		uint32_t pc = 7 + i * CpuSets;

		rt_cpulog_add(&pc, 1, i == 2 ? 1 : 10 + i);
	}
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t pc = 7 + (10 + i) * CpuSets;

		rt_cpulog_add(&pc, 1, 100);
	}
	CHECK(drain() == 10 + 11 + 1 + 13 + 200);
	CHECK(words[5] == 1 && words[7] == 7 + 2 * CpuSets); // first the one with 1
	CHECK(words[8] == 10 && words[10] == 7);             // then the one with 10
}

// Fills both halves with stacks of one set, so that each new one evicts another.
static uint64_t
flood(uint32_t from, uint32_t n)
{
	uint32_t pcs[CpuDepth] = {0};

	for (uint32_t i = from; i < from + n; i++) {
		pcs[0] = i;
		pcs[5] = i; // 40 bits on: the same place in the hash as nothing
		rt_cpulog_add(pcs, CpuDepth, 1);
	}
	return n;
}

static uintptr_t
count_lost(void)
{
	uintptr_t n = 0;

	for (size_t at = 5; words[at]; at += 2 + words[at + 1])
		if (words[at + 1] == 1 && words[at + 2] == (PC_TEXT | TextLost))
			n += words[at];
	return n;
}

static void
both_halves(void)
{
	enum { Many = 20000 }; // 66 words each: many times the log
	uint64_t all;

	open_log(1);
	all = flood(1, Many);
	CHECK(take()); // the first half
	CHECK(nwords > CpuHalfWords - 2 - CpuDepth && nwords <= CpuHalfWords);
	all += flood(Many + 1, 10);
	CHECK(drain() == all);
	CHECK(count_lost() > Many / 2);

	open_log(1); // nothing of it is left
	CHECK(drain() == 0);
}

static void
texts(void)
{
	char label[100];
	uint32_t pc = rt_label_pc("one"), n = 0;
	GoFrame f;

	CHECK(pc & PC_TEXT && rt_label_pc("one") == pc && rt_label_pc("on") != pc);
	CHECK(strcmp(rt_text_of(pc), "one") == 0 && rt_label_pc("") == 0);
	CHECK(go_func_for_pc(pc, &f, 1) == 1 && strcmp(f.func, "one") == 0);
	CHECK(go_func_for_pc(PC_TEXT | TextLost, &f, 1) == 1 &&
	      strcmp(f.func, "lost profile data") == 0);
	memset(label, 'x', sizeof label);
	label[99] = '\0';
	CHECK(strlen(rt_text_of(rt_label_pc(label))) == TextBytes - 1);
	for (int i = 0; i < 2 * MaxTexts; i++) {
		snprintf(label, sizeof label, "number %d", i);
		n += (pc = rt_label_pc(label)) != 0;
		CHECK(!pc || strcmp(rt_text_of(pc), label) == 0);
	}
	CHECK(n == MaxTexts - 3); // one, on, xxx
	CHECK(strcmp(rt_text_of(PC_TEXT | 99999), "") == 0);
}

static void
owners(void)
{
	const uintptr_t *w;

	nwords = 0;
	CHECK(rt_cpuprof_start(100, true));
	CHECK(!rt_cpuprof_start(100, false) && !rt_cpuprof_stop(false));
	CHECK(go_cpu_profile(&w) == 0);
	CHECK(rt_cpuprof_stop(true));
	CHECK(go_cpu_profile(&w) == 0); // it is not ours to read
	host = true;
	drain();
	host = false;
	go_set_cpu_profile_rate(2000000); // clamped
	CHECK(!rt_cpuprof_start(100, true));
	go_set_cpu_profile_rate(0);
	go_set_cpu_profile_rate(0);
	CHECK(!rt_cpuprof_start(100, true)); // not before it is read
	CHECK(go_cpu_profile(&w) > 0 && w[3] == 1);
	while (go_cpu_profile(&w) > 0)
		;
	go_set_cpu_profile_rate(0);
	go_set_cpu_profile_rate(-1);
}

// One goroutine reads while others work, poll and leave.
static GoWaitGroup wg;
static uint64_t told;
static _Atomic bool stop;

static void
reader(void *arg)
{
	const uintptr_t *w;
	size_t n;

	(void)arg;
	while ((n = go_cpu_profile(&w)) > 0)
		for (size_t at = 0; at < n; at += 2 + w[at + 1])
			told += w[at];
	go_waitgroup_done(&wg);
}

MAYSWITCH void rt_safepoint(void);

static void
worker(void *arg)
{
	go_set_label(arg);
	for (uint32_t i = 0; !stop; i++) {
		rt_safepoint();
		if (i % 1000 == 0)
			go_gosched();
	}
	go_waitgroup_done(&wg);
}

static void
profile(void)
{
	stop = false;
	go_set_cpu_profile_rate(10000);
	go_waitgroup_add(&wg, 4);
	go(reader, NULL);
	go(worker, "a");
	go(worker, "b");
	go(worker, NULL);
	go_sleep(20 * GO_MILLISECOND);
	stop = true;
	go_set_cpu_profile_rate(0);
	go_waitgroup_wait(&wg);
}

// Until a sample is told: sysmon may have had no time to take one.
static void
live(void)
{
	told = 0;
	while (told == 0)
		profile();
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {
		TEST(stream),      TEST(empty), TEST(deep),   TEST(evicts_the_smallest),
		TEST(both_halves), TEST(texts), TEST(owners), TEST(live),
	};

	return RUN_TESTS(tests);
}
