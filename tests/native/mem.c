// The allocator: its tables, blocks under random use with bookkeeping beside them, alignment, the
// joining of pages, exhaustion, statistics. The sanitizers keep their malloc; here ours is called
// by its own names.

#include <errno.h>

#include "../../runtime/mem/malloc.h"
#include "../../runtime/mem/mstats.h"
#include "../../runtime/sched/world.h"
#include "check.h"

static uint32_t seed;

// Runs fn while nobody allocates and all caches are empty, and checks the heap.
static void
at_rest(void (*fn)(const MemTotals *))
{
	MemTotals t;

	rt_world_begin();
	rt_mem_lock();
	rt_mem_check();
	rt_mcache_flushall();
	rt_mem_check();
	rt_mem_totals(&t);
	if (fn)
		fn(&t);
	rt_mem_unlock();
	rt_world_end();
}

// --- tables ---

static uint32_t
step(uint32_t size)
{
	uint32_t power = 1u << (31 - __builtin_clz(size));

	return size < 32 ? 8 : size < 128 ? 16 : power / 8;
}

static void
classes(void)
{
	uint32_t sizes[NClasses + 8] = {0}, pages[NClasses + 8] = {0}, n = 0;

	for (uint32_t size = 8; size <= MaxSmall; size += step(size)) {
		uint32_t bytes = PageSize;

		while (bytes % size > bytes / 8)
			bytes += PageSize;
		if (n > 0 && pages[n] == bytes / PageSize && bytes / size == bytes / sizes[n] &&
		    (sizes[n] & (sizes[n] - 1)) != 0)
			n--;
		n++;
		CHECK(n < NClasses);
		sizes[n] = size;
		pages[n] = bytes / PageSize;
	}
	CHECK(n == NClasses - 1);
	for (uint32_t i = 1; i <= n; i++) {
		CHECK(rt_classes[i].size == sizes[i] && rt_classes[i].npages == pages[i]);
		CHECK(rt_classes[i].nelems == pages[i] * PageSize / sizes[i]);
	}
	for (uint32_t size = 0, i = 1; size <= MaxSmall; size++) {
		if (size > sizes[i])
			i++;
		CHECK(rt_classof(size) == i);
	}
}

static void
divisions(void)
{
	for (uint32_t c = 1; c < NClasses; c++) {
		const SizeClass *k = &rt_classes[c];
		Span s = {.base = 0, .magic = k->magic};

		for (uint32_t off = 0; off < k->npages * PageSize; off++) {
			uint32_t i;

			CHECK(rt_blockat(&s, off, &i) == (off % k->size == 0));
			CHECK(i == off / k->size && rt_blockof(&s, off) == i);
		}
	}
}

// --- random use ---

enum { Live = 200, Users = 6, Handed = 64 };

typedef struct Block Block;
struct Block {
	unsigned char *p;
	size_t n;
	unsigned char fill;
};

static GoWaitGroup wg;
static GoMutex handlock;
static Block handed[Handed]; // blocks that change owners
static int turns;

static size_t
random_size(uint32_t *x)
{
	uint32_t r = next_random(x);

	switch (r % 16) {
	case 0:
		return next_random(x) % 200000;
	case 1:
	case 2:
		return next_random(x) % MaxSmall;
	case 3:
		return rt_classes[next_random(x) % NClasses].size;
	default:
		return next_random(x) % 600;
	}
}

static void
fill(Block *b, uint32_t *x)
{
	b->fill = (unsigned char)next_random(x);
	memset(b->p, b->fill, b->n);
}

static void
look(const Block *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->p[i] != b->fill) {
			fprintf(stderr, "seed %u: block of %zu is damaged at %zu\n", seed, b->n, i);
			exit(1);
		}
}

static void
let_go(Block *b)
{
	look(b);
	rt_free(b->p);
	b->p = NULL;
	b->n = 0;
}

static void
get(Block *b, uint32_t *x)
{
	b->n = random_size(x);
	switch (next_random(x) % 4) {
	case 0:
		b->p = rt_calloc(b->n, 1);
		b->fill = 0;
		CHECK(b->p);
		look(b);
		break;
	case 1: {
		size_t align = (size_t)1 << next_random(x) % 15;

		b->p = rt_memalign(align, b->n);
		CHECK(b->p && (uintptr_t)b->p % align == 0);
		break;
	}
	default:
		b->p = rt_malloc(b->n);
		CHECK(b->p && (uintptr_t)b->p % 8 == 0);
	}
	CHECK(rt_usable(b->p) >= b->n);
	fill(b, x);
}

static void
resize(Block *b, uint32_t *x)
{
	size_t n = random_size(x), keep = n < b->n ? n : b->n;

	b->p = rt_realloc(b->p, n);
	CHECK(b->p);
	b->n = keep;
	look(b);
	b->n = n;
	fill(b, x);
}

static void
exchange(Block *b, uint32_t *x)
{
	uint32_t i = next_random(x) % Handed;
	Block other;

	go_mutex_lock(&handlock);
	other = handed[i];
	handed[i] = *b;
	go_mutex_unlock(&handlock);
	*b = other;
}

static void
user(void *arg)
{
	uint32_t x = seed + (uint32_t)(intptr_t)arg * 7919 + 1;
	Block live[Live] = {0};

	for (int i = 0; i < turns; i++) {
		Block *b = &live[next_random(&x) % Live];
		uint32_t what = next_random(&x) % 8;

		if (!b->p)
			get(b, &x);
		else if (what == 0)
			resize(b, &x);
		else if (what == 1)
			exchange(b, &x);
		else
			let_go(b);
		if (i % 64 == 0)
			go_gosched();
	}
	for (int i = 0; i < Live; i++)
		if (live[i].p)
			let_go(&live[i]);
	go_waitgroup_done(&wg);
}

static void
nothing_left(const MemTotals *t)
{
	CHECK(t->nmalloc[0] == t->nfree[0] && t->bytes[0] == 0);
}

// What is free lies together: on this machine the pages come one after the other.
static void
one_run(const MemTotals *t)
{
	nothing_left(t);
	if (t->bytes[1] == 0) {
		CHECK(t->idle == t->sys);
		CHECK(t->longest == t->sys);
	}
}

static void
random_use(void)
{
	turns = scaled(getenv("WORLDSEMA_FEW") ? 1500 : 6000);
	go_waitgroup_add(&wg, Users);
	for (intptr_t i = 0; i < Users; i++)
		go_with_stack(user, (void *)i, 64 << 10);
	for (int i = 0; i < 5; i++) {
		at_rest(NULL);
		go_gosched();
	}
	go_waitgroup_wait(&wg);
	for (int i = 0; i < Handed; i++)
		if (handed[i].p)
			let_go(&handed[i]);
	at_rest(one_run);
}

// --- pages ---

static void
aligned(void)
{
	for (size_t align = 1; align <= 1 << 20; align *= 2)
		for (size_t n = 0; n < 100000; n = n * 3 + 1) {
			char *p = rt_memalign(align, n);

			CHECK(p && (uintptr_t)p % align == 0 && rt_usable(p) >= n);
			memset(p, 1, n);
			rt_free(p);
		}
	at_rest(one_run);
}

static void
coalesce(void)
{
	enum { N = 300 };
	void *p[N];
	uint32_t x = seed;

	for (int i = 0; i < N; i++)
		CHECK((p[i] = rt_malloc(MaxSmall + 1 + next_random(&x) % 300000)) != NULL);
	for (int n = N; n > 0; n--) {
		int i = (int)(next_random(&x) % (uint32_t)n);

		rt_free(p[i]);
		p[i] = p[n - 1];
		if (n % 50 == 0)
			at_rest(NULL);
	}
	at_rest(one_run);
}

static void
in_place(void)
{
	char *p = rt_malloc(100000), *q;

	memset(p, 7, 100000);
	q = rt_realloc(p, 400000); // what follows is free
	CHECK(q == p);
	q = rt_realloc(p, 50000);
	CHECK(q == p && q[49999] == 7);
	at_rest(NULL);
	rt_free(q);
	at_rest(one_run);
}

static size_t limit_was;

static void
limit(const MemTotals *t)
{
	limit_was = os_pages_limit;
	os_pages_limit = t->sys + (8 << 20);
}

static void
exhaustion(void)
{
	enum { N = 100000 };
	static void *p[N];
	int n = 0;

	at_rest(limit);
	CHECK(!rt_malloc((size_t)1 << 33) && errno == ENOMEM);
	CHECK(!rt_malloc(SIZE_MAX) && !rt_malloc(SIZE_MAX - PageSize));
	CHECK(!rt_calloc(SIZE_MAX / 2, 3));
	CHECK(!rt_memalign((size_t)1 << 31, 8));
	for (size_t size = 200000; size >= 8; size /= 2)
		while (n < N && (p[n] = rt_malloc(size)) != NULL)
			n++;
	CHECK(n > 100 && n < N);
	CHECK(!rt_realloc(p[0], 100 << 20) && errno == ENOMEM);
	at_rest(NULL);
	while (n > 0)
		rt_free(p[--n]);
	at_rest(one_run);
	os_pages_limit = limit_was;
	p[0] = rt_malloc(32 << 20);
	CHECK(p[0] != NULL);
	rt_free(p[0]);
}

// --- statistics ---

static MemTotals first;

static void
keep(const MemTotals *t)
{
	first = *t;
}

static void
counted(const MemTotals *t)
{
	CHECK(t->nmalloc[0] - first.nmalloc[0] == 1004 && t->nfree[0] - first.nfree[0] == 501);
	CHECK(t->bytes[0] - first.bytes[0] == 500 * 48 + 3 * 40960);
	CHECK(t->bynmalloc[0][rt_classof(40)] - first.bynmalloc[0][rt_classof(40)] == 1000);
	CHECK(t->bynmalloc[0][rt_classof(200)] - first.bynmalloc[0][rt_classof(200)] == 0);
	CHECK(t->nmalloc[1] - first.nmalloc[1] == 101 && t->nfree[1] == first.nfree[1]);
	CHECK(t->bytes[1] - first.bytes[1] == 100 * 208 + 2 * MaxSmall);
	CHECK(t->bytes[0] + t->bytes[1] <= t->sys - t->idle && t->idle <= t->sys);
}

static void
statistics(void)
{
	void *p[1000], *large[4];

	at_rest(keep);
	for (int i = 0; i < 1000; i++)
		p[i] = rt_malloc(40);
	for (int i = 0; i < 4; i++)
		large[i] = rt_malloc(33000);
	for (int i = 0; i < 500; i++)
		rt_free(p[i]);
	rt_free(large[0]);
	for (int i = 0; i < 100; i++)
		rt_new_again(200, i % 2);
	rt_new_again(2 * MaxSmall, false);
	at_rest(counted);
	for (int i = 500; i < 1000; i++)
		rt_free(p[i]);
	for (int i = 1; i < 4; i++)
		rt_free(large[i]);
	at_rest(nothing_left);
}

static void
collected(void)
{
	enum { N = 3000 };
	static char *p[N];
	static size_t n[N];
	uint32_t x = seed;

	for (int i = 0; i < N; i++) {
		n[i] = i % 100 == 0 ? 100000 : next_random(&x) % 2000;
		p[i] = rt_new_again(n[i], i & 1);
		CHECK((uintptr_t)p[i] % 8 == 0);
		for (size_t k = 0; k < n[i]; k++)
			CHECK(p[i][k] == 0);
		memset(p[i], i % 127 + 1, n[i]);
	}
	for (int i = 0; i < N; i++)
		for (size_t k = 0; k < n[i]; k++)
			CHECK(p[i][k] == i % 127 + 1);
	at_rest(NULL);
}

static const Test tests[] = {
	TEST(classes),  TEST(divisions),  TEST(random_use), TEST(aligned),   TEST(coalesce),
	TEST(in_place), TEST(exhaustion), TEST(statistics), TEST(collected),
};

int
main(int argc, char **argv)
{
	const char *given = getenv("WORLDSEMA_SEED");

	seed = given ? (uint32_t)atoi(given) : (uint32_t)go_nanotime() | 1;
	return RUN_TESTS(tests);
}
