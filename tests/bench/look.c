#include "bench.h"

static GoChan *gate;
static GoWaitGroup wg;

__attribute__((noinline)) static void
pcs_at(int depth, int n)
{
	uintptr_t pcs[64];

	if (depth > 1) {
		pcs_at(depth - 1, n);
		__asm__ volatile("" ::: "memory");
		return;
	}
	for (int i = 0; i < n; i++)
		go_callers(0, pcs, 64);
}

static void
callers_depth5(int n)
{
	IN_CHUNKS(n, pcs_at(5, turns));
}

static void
callers_depth20(int n)
{
	IN_CHUNKS(n, pcs_at(20, turns));
}

__attribute__((noinline)) static void
text_at(int depth, int n)
{
	static char text[16 << 10];

	if (depth > 1) {
		text_at(depth - 1, n);
		__asm__ volatile("" ::: "memory");
		return;
	}
	for (int i = 0; i < n; i++)
		go_stack(text, sizeof text, false);
}

static void
stack_text_depth5(int n)
{
	IN_CHUNKS(n, text_at(5, turns));
}

static void
stack_text_depth20(int n)
{
	IN_CHUNKS(n, text_at(20, turns));
}

static void
parked(void *arg)
{
	(void)arg;
	go_waitgroup_done(&wg);
	go_chan_recv(gate, NULL);
}

static void
park_with(int n, size_t stack_bytes)
{
	gate = go_chan_make(0, 0);
	go_waitgroup_add(&wg, n);
	for (int i = 0; i < n; i++)
		go_with_stack(parked, NULL, stack_bytes);
	go_waitgroup_wait(&wg);
}

static void
park(int n)
{
	park_with(n, 0);
}

// Goroutines made and parked, per goroutine; the harness looks at the memory of the process.
static void
parked_default(int n)
{
	park_with(n, 0);
	go_chan_close(gate);
}

static void
parked_2k(int n)
{
	park_with(n, 2048);
	go_chan_close(gate);
}

// One dump of n goroutines; what the world was stopped for is told by the runtime.
static void
stack_all(int n)
{
	size_t size = (size_t)n * 200 + 65536;
	char *text;
	int64_t best = INT64_MAX, begin;

	if (bench_warm)
		return; // it does that itself
	text = malloc(size);
	park(n);
	for (int i = 0; i < 5; i++) {
		begin = go_nanotime();
		if (go_stack(text, size, true) == size)
			printf("stack_all: cut\n");
		if (go_nanotime() - begin < best)
			best = go_nanotime() - begin;
	}
	bench_ns = (double)best;
	go_chan_close(gate);
	free(text);
}

// How long the world stands still for that: internal, so declared here.
typedef struct Dump Dump;
struct Dump {
	uint32_t *words;
	size_t n;
};
Dump rt_dump_collect(const uint32_t *selfpcs, size_t nself, bool system);
void rt_dump_free(Dump *d);

static void
stack_all_stopped(int n)
{
	int64_t best = INT64_MAX;

	if (bench_warm)
		return;
	park(n);
	for (int i = 0; i < 5; i++) {
		Dump d = rt_dump_collect(NULL, 0, false);
		int64_t ns = (int64_t)(d.words[3] | (uint64_t)d.words[4] << 32);

		if (ns < best)
			best = ns;
		rt_dump_free(&d);
	}
	bench_ns = (double)best;
	go_chan_close(gate);
}

static void
goroutine_profile(int n)
{
	GoStackRecord *records;
	int64_t best = INT64_MAX, begin;
	size_t got;

	if (bench_warm)
		return;
	records = malloc(((size_t)n + 10) * sizeof *records);
	park(n);
	for (int i = 0; i < 5; i++) {
		begin = go_nanotime();
		if (!go_goroutine_profile(records, (size_t)n + 10, &got))
			printf("goroutine_profile: too many\n");
		if (go_nanotime() - begin < best)
			best = go_nanotime() - begin;
	}
	bench_ns = (double)best;
	go_chan_close(gate);
	free(records);
}

const Bench bench_look[] = {
	{"callers_depth5", callers_depth5, 500000},
	{"callers_depth20", callers_depth20, 300000},
	{"stack_text_depth5", stack_text_depth5, 50000},
	{"stack_text_depth20", stack_text_depth20, 20000},
	{"stack_all_10", stack_all, 10},
	{"stack_all_1000", stack_all, 1000},
	{"stack_all", stack_all, 10000},
	{"stack_all_100000", stack_all, 100000},
	{"stack_all_stopped", stack_all_stopped, 10000},
	{"goroutine_profile", goroutine_profile, 10000},
	{"parked_default", parked_default, 100000},
	{"parked_2k", parked_2k, 1000000},
	{NULL, NULL, 0},
};
