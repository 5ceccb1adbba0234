// Foreign code calls back into goroutine code, which waits, allocates, collects, panics, jumps
// away, and calls foreign code again. Blocks that a call was handed stay.
// procs: 1 2 8
// flags: -O0
// env: GODEBUG=gcstress=20,heapcheck=1

#include "check.h"
#include <setjmp.h>

enum { Goroutines = 4, Length = 20 };

typedef struct Node Node;
struct Node {
	Node *next;
	uint32_t n;
};

typedef struct Visitor Visitor;
struct Visitor {
	void (*visit)(Visitor *v, Node *p);
	GoChan *c;
	Node *own;
	uint32_t sum;
	int depth;
	jmp_buf env;
};

static GoWaitGroup wg;

void gb_visit(Visitor *v, Node *p);

GO_FOREIGN(gb_visit) void gb_visit(Visitor *v, Node *p)
{
	for (; p; p = p->next)
		v->visit(v, p);
}

static Node *
list(uint32_t length)
{
	Node *first = NULL;

	for (uint32_t i = 1; i <= length; i++) {
		Node *p = go_alloc(sizeof *p);

		p->next = first;
		p->n = i;
		first = p;
	}
	return first;
}

static Visitor *
make(void (*visit)(Visitor *, Node *), GoChan *c)
{
	Visitor *v = go_alloc(sizeof *v);

	v->visit = visit;
	v->c = c;
	v->own = list(3);
	return v;
}

static void
waits(Visitor *v, Node *p)
{
	Node *q = list(2);
	int got;

	go_chan_recv(v->c, &got);
	v->sum += p->n;
	check(q->n == 2 && q->next->n == 1);
}

static void
nests(Visitor *v, Node *p)
{
	Visitor *inner = make(v->depth > 0 ? nests : waits, v->c);

	inner->depth = v->depth - 1;
	gb_visit(inner, list(2));
	if (p->n % 2)
		go_gc();
	check(inner->own->n == 3 && inner->own->next->next->n == 1);
	v->sum += inner->sum + p->n;
}

static void
boom(void *arg)
{
	Visitor *v = arg;

	gb_visit(make(waits, v->c), list(1));
	go_panic("boom");
}

static void
panics(Visitor *v, Node *p)
{
	check_panic(boom, v, "boom");
	v->sum += p->n;
}

__attribute__((noinline)) static void
leaps(Visitor *v, Node *p)
{
	go_gosched();
	if (p->n == 3)
		longjmp(v->env, 1);
}

static void
jumps(Visitor *v, Node *p)
{
	Node *q = list(2);

	if (setjmp(v->env) == 0)
		leaps(v, p);
	else
		v->sum += 100;
	v->sum += p->n;
	check(q->n == 2 && q->next->n == 1);
}

static int
compare(const void *a, const void *b)
{
	Node *p = *(Node *const *)a, *q = *(Node *const *)b;

	go_gosched();
	list(1);
	return p->n < q->n ? -1 : p->n > q->n;
}

static void
sorts(void)
{
	Node **all = go_alloc(10 * sizeof *all);

	for (int i = 0; i < 10; i++)
		all[i] = list((uint32_t)(i * 7 % 10 + 1));
	qsort(all, 10, sizeof *all, compare);
	for (uint32_t i = 0; i < 10; i++)
		check(all[i]->n == i + 1);
}

static void
run(void *arg)
{
	Node *mine = list(4);
	Visitor *v = make(waits, arg);

	gb_visit(v, list(Length));
	check(v->sum == Length * (Length + 1) / 2);
	v = make(nests, arg);
	v->depth = 2;
	gb_visit(v, list(2));
	check(v->sum == 3 + 2 * (3 + 2 * (3 + 2 * 3)));
	v = make(panics, arg);
	gb_visit(v, list(4));
	check(v->sum == 10);
	v = make(jumps, arg);
	gb_visit(v, list(5));
	check(v->sum == 115);
	sorts();
	check(mine->n == 4 && mine->next->next->next->n == 1);
	go_waitgroup_done(&wg);
}

static void
feed(void *arg)
{
	for (int i = 0;; i++)
		go_chan_send(arg, &i);
}

int
main(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);

	go(feed, c);
	go_waitgroup_add(&wg, Goroutines);
	for (int i = 0; i < Goroutines; i++)
		go_with_stack(run, c, 32 << 10);
	go_waitgroup_wait(&wg);
	printf("ok\n");
	return 0;
}
