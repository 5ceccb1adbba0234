// Endless foreign loops run on every P. Collections go on, and blocks that the loops were handed
// stay, held by an argument, a local further out, the C stack, or the goroutine's record.
// procs: 1 2 8
// env: GODEBUG=gcstress=50,heapcheck=1

#include "check.h"

enum { Each = 1 };

typedef struct Node Node;
struct Node {
	Node *next;
	uint32_t n;
};

typedef struct Pair Pair;
struct Pair {
	Node *a, *b;
};

static GoWaitGroup ready, done;
static volatile bool stop;

static Node *
make(uint32_t n)
{
	Node *p = go_alloc(sizeof *p);

	p->next = go_alloc(sizeof *p);
	p->n = p->next->n = n;
	return p;
}

static bool
intact(const Node *p, uint32_t n)
{
	return p->n == n && p->next->n == n;
}

bool gf_spin(double x, int64_t y, const Node *p, uint32_t n);

GO_FOREIGN(gf_spin) bool gf_spin(double x, int64_t y, const Node *p, uint32_t n)
{
	while (!stop)
		;
	return x == 0.5 && y == -1 && p->n == n && p->next->n == n;
}

bool gf_spin_pair(Pair p);

GO_FOREIGN(gf_spin_pair) bool gf_spin_pair(Pair p)
{
	while (!stop)
		;
	return p.a->n == 5 && p.b->next->n == 6;
}

void gf_start(void *arg);

// A goroutine that is foreign as a whole.
GO_FOREIGN(gf_start) void gf_start(void *arg)
{
	Node **p = arg;

	while (!stop)
		;
	(*p)->n += (*p)->next->n;
}

static void
argument(void *arg)
{
	go_waitgroup_done(&ready);
	check(gf_spin(0.5, -1, make(1), 1));
	go_waitgroup_done(&done);
}

__attribute__((noinline)) static void
inner(void)
{
	check(gf_spin(0.5, -1, make(2), 2));
}

__attribute__((noinline)) static void
between(void)
{
	Node *p = make(3);

	inner();
	check(intact(p, 3));
}

static void
further_out(void *arg)
{
	Node *p = make(4);

	go_waitgroup_done(&ready);
	between();
	check(intact(p, 4));
	go_waitgroup_done(&done);
}

static void
on_stack(void *arg)
{
	go_waitgroup_done(&ready);
	check(gf_spin_pair((Pair){make(5), make(6)}));
	go_waitgroup_done(&done);
}

typedef bool (*Spin)(double, int64_t, const Node *, uint32_t);

static bool
no_spin(double x, int64_t y, const Node *p, uint32_t n)
{
	go_gosched();
	return intact(p, n);
}

static Spin volatile by_pointer[] = {gf_spin, no_spin};

static void
indirect(void *arg)
{
	go_waitgroup_done(&ready);
	for (int i = 0; i < 2; i++)
		check(by_pointer[i](0.5, -1, make(7), 7));
	go_waitgroup_done(&done);
}

static void
start(GoFunc fn)
{
	go_waitgroup_add(&ready, 1);
	go_waitgroup_add(&done, 1);
	go(fn, NULL);
}

static uint32_t
collections(void)
{
	GoMemStats stats;

	go_read_mem_stats(&stats);
	return stats.num_gc;
}

// The collector knows of it by the goroutine alone.
__attribute__((noinline)) static void
start_foreign(Node ***out)
{
	Node **p = go_alloc(sizeof *p);

	*p = make(8);
	go(gf_start, p);
	*out = (Node **)~(uintptr_t)p;
}

int
main(void)
{
	uint32_t before, rounds = (uint32_t)many(10, 2); // a turn of all takes a while
	Node **p;

	for (int i = 0; i < Each; i++) {
		start(argument);
		start(further_out);
		start(on_stack);
		start(indirect);
	}
	start_foreign(&p);
	go_waitgroup_wait(&ready);
	before = collections();
	for (uint32_t i = 0; i < rounds; i++) {
		go_gc();
		for (int k = 0; k < 20; k++)
			memset(go_alloc(sizeof(Node)), 0xee, sizeof(Node));
	}
	check(collections() >= before + rounds);
	p = (Node **)~(uintptr_t)p;
	check((*p)->n == 8);
	stop = true;
	go_waitgroup_wait(&done);
	until((*p)->n == 16);
	printf("done\n");
	return 0;
}
