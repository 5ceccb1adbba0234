// The heap profile: its tables, how often blocks are sampled, and counts that stay exact while
// goroutines allocate, free what others allocated, and collections run. There are no stacks here.

#include <math.h>

#include "../../runtime/mem/malloc.h"
#include "../../runtime/prof/memprof.h"
#include "check.h"

// --- tables ---

static void
buckets(void)
{
	static uint32_t stk[MaxStackRecord];
	Bucket *b[MaxStackRecord];

	go_set_mem_profile_rate(0);
	for (uint32_t i = 0; i < MaxStackRecord; i++)
		stk[i] = 1000 + i;
	for (uint32_t n = 1; n < MaxStackRecord; n++) {
		CHECK(!rt_bucket(BucketHeap, stk, n, false));
		b[n] = rt_bucket(BucketHeap, stk, n, true);
		CHECK(b[n] && b[n]->nstk == n && memcmp(b[n]->stk, stk, n * sizeof *stk) == 0);
		CHECK(rt_buckets(BucketHeap) == b[n]);
	}
	for (uint32_t n = 1; n < MaxStackRecord; n++)
		CHECK(rt_bucket(BucketHeap, stk, n, false) == b[n] &&
		      rt_bucket(BucketHeap, stk, n, true) == b[n]);
	CHECK(loadp_acq(&rt_profsys) > 179999 * sizeof(void *));
}

static void
addresses(void)
{
	enum { N = 5000 };
	static uint32_t stk[1] = {1};
	Bucket *b = rt_bucket(BucketHeap, stk, 1, true);
	Sampled got;
	SampledIter it;
	int n = 0;

	for (uintptr_t i = 1; i <= N; i++) // neighbours, and all over the space
		CHECK(rt_sampled_add(i % 2 ? i * 8 : i << 20, b, i, 1));
	rt_sampled_first(&it);
	while (rt_sampled_next(&it))
		n++;
	CHECK(n == N);
	for (uintptr_t i = 1; i <= N; i++) {
		uintptr_t addr = i % 2 ? i * 8 : i << 20;

		CHECK(rt_sampled_take(addr, &got) && got.size == i && got.addr == addr);
		CHECK(!rt_sampled_take(addr, &got));
	}
	rt_sampled_first(&it);
	CHECK(!rt_sampled_next(&it));
}

// --- counting ---

static Counts
totals(void)
{
	Counts sum = {0};

	go_gc();
	rt_memprof_begin();
	for (const Bucket *b = rt_buckets(BucketHeap); b; b = b->allnext) {
		sum.allocs += b->total.allocs;
		sum.frees += b->total.frees;
		sum.alloc_bytes += b->total.alloc_bytes;
		sum.est_allocs += b->total.est_allocs;
	}
	rt_memprof_end();
	return sum;
}

// Blocks of n bytes are sampled with a chance of 1 - exp(-n / rate); estimates are of all blocks.
static void
chance(void)
{
	static const size_t sizes[] = {16, 4096, 8192, 16384, 40960};
	enum { Rate = 8192, Blocks = 20000 };

	CHECK(go_set_mem_profile_rate(Rate) == 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		Counts before = totals(), after;
		double p = 1 - exp(-(double)sizes[i] / Rate), sampled, spread;

		for (int k = 0; k < Blocks; k++)
			rt_free(rt_malloc(sizes[i]));
		after = totals();
		sampled = (double)(after.allocs - before.allocs);
		spread = 6 * sqrt(Blocks * p * (1 - p)) + 20; // and what the runtime itself needs
		CHECK(fabs(sampled - Blocks * p) < spread);
		CHECK(fabs(after.est_allocs - before.est_allocs - Blocks) < spread / p);
	}
}

enum { Slots = 256, Workers = 4 };

static _Atomic(void *) slots[Slots];
static GoWaitGroup wg;

static void
worker(void *arg)
{
	uint32_t x = (uint32_t)(uintptr_t)arg * 7919 + 1;

	for (int i = 0; i < scaled(2000); i++) {
		uint32_t r = next_random(&x);
		void *p = rt_malloc(r % 64 == 0 ? 50000 : r % 500);

		rt_free(atomic_exchange(&slots[r % Slots], p)); // perhaps another's
		go_alloc(r % 300);
		if (i % 10 == 0)
			go_gosched();
		if (i % 500 == 0)
			go_gc();
	}
	go_waitgroup_done(&wg);
}

static void
exact(void)
{
	Counts before, after;
	uint64_t n = (uint64_t)Workers * (uint64_t)scaled(2000) * 2;

	go_set_mem_profile_rate(1);
	before = totals();
	go_waitgroup_add(&wg, Workers);
	for (uintptr_t i = 0; i < Workers; i++)
		go_with_stack(worker, (void *)i, 64 << 10);
	go_waitgroup_wait(&wg);
	for (int i = 0; i < Slots; i++)
		rt_free(slots[i]);
	after = totals();
	CHECK(after.allocs - before.allocs >= n && after.allocs - before.allocs < n + n / 10 + 200);
	CHECK(after.frees - before.frees <= after.allocs - before.allocs + 20);
	CHECK(after.frees - before.frees + 200 >= n); // a word may look like a pointer
}

static const Test tests[] = {TEST(buckets), TEST(addresses), TEST(chance), TEST(exact)};

int
main(int argc, char **argv)
{
	return RUN_TESTS(tests);
}
