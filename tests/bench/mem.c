#include "bench.h"

static GoWaitGroup wg;

// A block is used, or the compiler knows that nobody needs it.
static inline void
use(void *p)
{
	__asm__ volatile("" : : "r"(p) : "memory");
}

__attribute__((noinline)) static void
allocs(size_t bytes, int n)
{
	for (int i = 0; i < n; i++)
		use(go_alloc(bytes));
}

static void
alloc_16(int n)
{
	IN_CHUNKS(n, allocs(16, turns));
}

static void
alloc_64(int n)
{
	IN_CHUNKS(n, allocs(64, turns));
}

static void
alloc_1024(int n)
{
	IN_CHUNKS(n, allocs(1024, turns));
}

typedef struct Tree Tree;
struct Tree {
	Tree *left, *right;
};

static Tree *
tree(int depth)
{
	Tree *t = go_alloc(sizeof *t);

	if (depth > 0) {
		t->left = tree(depth - 1);
		t->right = tree(depth - 1);
	}
	return t;
}

static int
nodes(const Tree *t)
{
	return t->left ? 1 + nodes(t->left) + nodes(t->right) : 1;
}

static volatile int sum;

static void
some_trees(int depth, int n)
{
	for (int i = 0; i < n; i++)
		sum += nodes(tree(depth));
}

// The program of the Benchmarks Game, n the depth.
static void
binary_trees(int n)
{
	Tree *volatile longlived;
	int64_t begin = go_nanotime();

	if (bench_warm)
		n = 12;
	sum += nodes(tree(n + 1));
	longlived = tree(n);
	for (int depth = 4; depth <= n; depth += 4)
		some_trees(depth, 1 << (n - depth + 4));
	sum += nodes(longlived);
	bench_ns = (double)(go_nanotime() - begin);
}

static void
part(void *arg)
{
	int depth = (int)(intptr_t)arg & 0xff, n = (int)(intptr_t)arg >> 8;

	some_trees(depth, n);
	go_waitgroup_done(&wg);
}

// The same, each depth in four goroutines.
static void
binary_trees_parallel(int n)
{
	Tree *volatile longlived;
	int64_t begin = go_nanotime();

	if (bench_warm)
		n = 12;
	sum += nodes(tree(n + 1));
	longlived = tree(n);
	for (int depth = 4; depth <= n; depth += 4)
		for (int i = 0; i < 4; i++) {
			go_waitgroup_add(&wg, 1);
			go(part, (void *)(intptr_t)((1 << (n - depth + 2)) << 8 | depth));
		}
	go_waitgroup_wait(&wg);
	sum += nodes(longlived);
	bench_ns = (double)(go_nanotime() - begin);
}

// A live heap of so many MB, in blocks of 64 bytes with two pointers each; one collection of it.
static void
gc_live(int n)
{
	size_t count = (size_t)n << 14, best = SIZE_MAX;
	void ***volatile all;

	if (bench_warm)
		return;
	all = go_alloc(count * sizeof *all);
	for (size_t i = 0; i < count; i++) {
		void **p = all[i] = go_alloc(64);

		p[0] = all[i / 2];
		p[1] = all[i * 7 % (i + 1)];
	}
	for (int i = 0; i < 5; i++) {
		int64_t begin = go_nanotime();

		go_gc();
		if ((size_t)(go_nanotime() - begin) < best)
			best = (size_t)(go_nanotime() - begin);
	}
	bench_ns = (double)best;
}

// Calls of foreign code: of a function that never waits, and of one with a loop, which is guarded.
uint32_t mem_foreign(const uint32_t *p, uint32_t n);
uint32_t mem_foreign_loop(const uint32_t *p, uint32_t n);

GO_FOREIGN(mem_foreign) uint32_t mem_foreign(const uint32_t *p, uint32_t n)
{
	return n ? *p : 0;
}

GO_FOREIGN(mem_foreign_loop) uint32_t mem_foreign_loop(const uint32_t *p, uint32_t n)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < n; i++)
		found ^= p[i];
	return found;
}

__attribute__((noinline)) static void
plain_calls(const uint32_t *p, int n)
{
	for (int i = 0; i < n; i++)
		use((void *)(uintptr_t)mem_foreign(p, 1));
}

__attribute__((noinline)) static void
guarded_calls(const uint32_t *p, int n)
{
	for (int i = 0; i < n; i++)
		use((void *)(uintptr_t)mem_foreign_loop(p, 1));
}

__attribute__((noinline)) static void
guarded_deep(int depth, const uint32_t *p, int n)
{
	if (depth == 0)
		guarded_calls(p, n);
	else
		guarded_deep(depth - 1, p, n);
	sum++;
}

static void
foreign_plain(int n)
{
	const uint32_t *p = go_alloc(sizeof *p);

	IN_CHUNKS(n, plain_calls(p, turns));
}

typedef struct Foreign Foreign;
struct Foreign {
	int depth, n;
};

// With so many frames of the goroutine, the caller's own among them.
static void
guarded(void *arg)
{
	Foreign *f = arg;
	const uint32_t *p = go_alloc(sizeof *p);

	if (f->depth == 1)
		for (int i = 0; i < f->n; i++)
			use((void *)(uintptr_t)mem_foreign_loop(p, 1));
	else
		IN_CHUNKS(f->n, guarded_deep(f->depth - 3, p, turns))
	go_waitgroup_done(&wg);
}

static void
guarded_at(int depth, int n)
{
	Foreign f = {depth, n};

	go_waitgroup_add(&wg, 1);
	go(guarded, &f);
	go_waitgroup_wait(&wg);
}

static void
foreign_guarded1(int n)
{
	guarded_at(1, n);
}

static void
foreign_guarded5(int n)
{
	guarded_at(5, n);
}

static void
foreign_guarded20(int n)
{
	guarded_at(20, n);
}

const Bench bench_mem[] = {
	{"alloc_16", alloc_16, 10000000},
	{"alloc_64", alloc_64, 10000000},
	{"alloc_1024", alloc_1024, 1000000},
	{"binary_trees", binary_trees, 16},
	{"binary_trees_parallel", binary_trees_parallel, 16},
	{"gc_live", gc_live, 64},
	{"foreign_plain", foreign_plain, 50000000},
	{"foreign_guarded1", foreign_guarded1, 5000000},
	{"foreign_guarded5", foreign_guarded5, 5000000},
	{"foreign_guarded20", foreign_guarded20, 1000000},
	{NULL, NULL, 0},
};
