// The collector: what can be reached stays, whatever reaches it, and the rest goes. Natively nobody
// inserts polls, so programs yield now and then.

#include "../../runtime/gc/gc.h"
#include "../../runtime/mem/malloc.h"
#include "../../runtime/mem/mstats.h"
#include "../../runtime/sched/world.h"
#include "check.h"

static uint32_t seed;
static GoWaitGroup wg;

static MemTotals now;

static void
measure(void)
{
	rt_world_begin();
	rt_mem_lock();
	rt_mem_check();
	rt_mem_totals(&now);
	rt_mem_unlock();
	rt_world_end();
}

typedef struct Node Node;
struct Node {
	Node *next, *other;
	uint32_t key, copy; // equal, while nobody frees it
};

static Node *
node(uint32_t key, Node *next)
{
	Node *n = go_alloc(sizeof *n);

	CHECK(!n->next && !n->other && n->key == 0 && n->copy == 0);
	n->next = next;
	n->key = n->copy = key;
	return n;
}

// Runs fn on a stack that is gone afterwards.
static void
away_body(void *fn)
{
	((void (*)(void))(uintptr_t)fn)();
	go_waitgroup_done(&wg);
}

static void
away(void (*fn)(void))
{
	go_waitgroup_add(&wg, 1);
	go_with_stack(away_body, (void *)(uintptr_t)fn, 64 << 10);
	go_waitgroup_wait(&wg);
}

// --- all goes ---

static void
make_garbage(void)
{
	for (uint32_t i = 0; i < 20000; i++)
		node(i, NULL);
	go_alloc(1 << 20);
}

static void
garbage(void)
{
	away(make_garbage);
	measure();
	CHECK(now.nmalloc[1] - now.nfree[1] > 20000);
	go_gc();
	measure();
	CHECK(now.nmalloc[1] - now.nfree[1] < 100);
	CHECK(now.bytes[1] < 20000);
}

// --- roots ---

static Node *global;
static Node **inmalloc;

static void
make_rooted(void)
{
	global = node(1, node(2, NULL));
	inmalloc = rt_malloc(sizeof(Node *) * 5000);
	memset(inmalloc, 0, sizeof(Node *) * 5000);
	inmalloc[4999] = node(3, node(4, NULL));
	for (uint32_t i = 0; i < 1000; i++)
		node(i, global);
}

static void
rooted(void)
{
	away(make_rooted);
	for (int i = 0; i < 3; i++) {
		away(make_garbage);
		go_gc();
	}
	CHECK(global->key == 1 && global->next->copy == 2);
	CHECK(inmalloc[4999]->key == 3 && inmalloc[4999]->next->copy == 4);
	measure();
	CHECK(now.nmalloc[1] - now.nfree[1] < 100);
	global = NULL;
	rt_free(inmalloc);
}

static void
keeper(void *arg)
{
	Node *volatile mine = node((uint32_t)(uintptr_t)arg, node(7, NULL));

	go_waitgroup_done(&wg);
	for (int i = 0; i < 20; i++) {
		go_gosched();
		CHECK(mine->key == (uint32_t)(uintptr_t)arg && mine->next->copy == 7);
	}
	go_waitgroup_done(&wg);
}

static void
stacks(void)
{
	go_waitgroup_add(&wg, 100);
	for (uintptr_t i = 1; i <= 50; i++)
		go_with_stack(keeper, (void *)i, 16 << 10);
	for (int i = 0; i < 5; i++) {
		go_gc();
		away(make_garbage);
		go_gosched();
	}
}

// --- inside ---

static void
interior(void)
{
	char *volatile p = go_alloc(300000), *volatile q = go_alloc(400);
	const char *volatile inside = p + 299999, *volatile small = q + 399;

	memset(p, 5, 300000);
	memset(q, 6, 400);
	p = q = NULL;
	away(make_garbage);
	go_gc();
	CHECK(*inside == 5 && inside[-299999] == 5 && *small == 6 && small[-399] == 6);
}

static Node **hidden;

static void
make_hidden(void)
{
	hidden = go_alloc_noscan(sizeof *hidden);
	hidden[0] = node(9, NULL);
	for (uint32_t i = 0; i < 3000; i++)
		node(i, NULL);
}

static void
noscan(void)
{
	away(make_hidden);
	go_gc();
	measure();
	CHECK(now.nmalloc[1] - now.nfree[1] < 100);
	hidden = NULL;
}

// --- deep and wide ---

enum { Deep = 400000 };

static void
deep(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < Deep; i++)
		global = node(i, global);
	go_gc();
	go_gc();
	for (Node *p = global; p; p = p->next, n++)
		CHECK(p->key == Deep - 1 - n && p->copy == p->key);
	CHECK(n == Deep);
	global = NULL;
	go_gc();
}

static void
wide(void)
{
	enum { N = 200000 };
	Node **volatile all = go_alloc(N * sizeof *all);

	for (uint32_t i = 0; i < N; i++)
		all[i] = node(i, NULL);
	go_gc();
	for (uint32_t i = 0; i < N; i++)
		CHECK(all[i]->key == i && all[i]->copy == i);
	all = NULL;
	go_gc();
}

// --- random graphs ---

enum { Roots = 64, Mutators = 4 };

static int turns;

// A graph of nodes; keys tell which mutator made them. Nothing that is reachable may change.
static void
walk(Node *n, uint32_t owner)
{
	for (int i = 0; n && i < 200; i++) {
		if (n->key != n->copy || n->key >> 24 != owner) {
			fprintf(stderr, "seed %u: a node that can be reached was freed\n", seed);
			exit(1);
		}
		n = i % 3 ? n->next : n->other ? n->other : n->next;
	}
}

static void
mutator(void *arg)
{
	uint32_t owner = (uint32_t)(uintptr_t)arg, x = seed * 31 + owner;
	Node *volatile roots[Roots] = {0};

	for (int i = 0; i < turns; i++) {
		uint32_t a = next_random(&x) % Roots, b = next_random(&x) % Roots;
		Node *n;

		switch (next_random(&x) % 8) {
		case 0:
			roots[a] = NULL;
			break;
		case 1:
			roots[a] = roots[b];
			break;
		case 2:
			if (roots[a])
				roots[a]->other = roots[b];
			break;
		case 3:
			if (roots[a])
				roots[a] = roots[a]->next;
			break;
		case 4:
			go_alloc_noscan(next_random(&x) % 3000);
			break;
		default:
			n = node(owner << 24 | (next_random(&x) & 0xffffff), roots[a]);
			n->other = roots[b];
			roots[a] = n;
		}
		walk(roots[next_random(&x) % Roots], owner);
		if (i % 50 == 0)
			go_gosched();
		if (i % 2000 == 0)
			go_gc();
	}
	go_waitgroup_done(&wg);
}

static void
graphs(void)
{
	turns = scaled(getenv("WORLDSEMA_FEW") ? 2000 : 10000);
	go_waitgroup_add(&wg, Mutators);
	for (uintptr_t i = 1; i <= Mutators; i++)
		go_with_stack(mutator, (void *)i, 64 << 10);
	go_waitgroup_wait(&wg);
	go_gc();
	measure();
	go_gc();
	measure();
	CHECK(now.bytes[1] < 4 << 20);
}

// --- when ---

static void
churn(void)
{
	for (int i = 0; i < 2000; i++) {
		go_alloc(10000);
		if (i % 20 == 0)
			go_gosched();
	}
}

static void
automatic(void)
{
	uint32_t before = load_relaxed(&rt_gcstats.ngc);

	away(churn); // 20 MB, 4 at a time
	CHECK(rt_gcstats.ngc > before);
	CHECK(go_set_gc_percent(-1) == 100);
	go_gc(); // one may have been due already
	before = rt_gcstats.ngc;
	away(churn);
	CHECK(rt_gcstats.ngc == before);
	CHECK(go_set_gc_percent(100) == -1);
	go_gc();
	CHECK(rt_gcstats.ngc > before);
	CHECK(go_set_memory_limit(-1) == INT64_C(3500) << 20);
}

// Nobody allocates, but it was long ago.
static void
long_ago(void)
{
	uint32_t before = rt_gcstats.ngc;
	uint64_t period = load64_acq(&rt_gcperiod);

	store64_rel(&rt_gcperiod, 1);
	while (rt_gcstats.ngc == before)
		go_gosched();
	store64_rel(&rt_gcperiod, period);
}

static const Test tests[] = {
	TEST(garbage), TEST(rooted), TEST(stacks), TEST(interior),  TEST(noscan),
	TEST(deep),    TEST(wide),   TEST(graphs), TEST(automatic), TEST(long_ago),
};

int
main(int argc, char **argv)
{
	const char *given = getenv("WORLDSEMA_SEED");

	seed = given ? (uint32_t)atoi(given) : (uint32_t)go_nanotime() | 1;
	return RUN_TESTS(tests);
}
