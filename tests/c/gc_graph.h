// The program of gc_graph.c and gc_graph_stress.c, which define Turns and call it.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

enum { Mutators = 6, Roots = 48 };

typedef struct Node Node;
struct Node {
	Node *next, *other;
	uint32_t key, copy; // equal as long as nobody frees it
};

static GoWaitGroup wg;
static GoChan *handed; // nodes that change owners
static uint32_t seed;

static uint32_t
next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void
walk(const Node *n)
{
	for (int i = 0; n && i < 50; i++) {
		if (n->key != n->copy || n->key == 0) {
			fprintf(stderr, "seed %u: what can be reached was freed\n", seed);
			abort();
		}
		n = i % 3 || !n->other ? n->next : n->other;
	}
}

static void
turn(Node **roots, uint32_t *x)
{
	Node **a = &roots[next(x) % Roots], *b = roots[next(x) % Roots], *n;

	switch (next(x) % 10) {
	case 0:
		*a = NULL;
		break;
	case 1:
		*a = b;
		break;
	case 2:
		if (*a)
			(*a)->other = b;
		break;
	case 3:
		if (*a)
			*a = (*a)->next;
		break;
	case 4:
		go_chan_try_send(handed, a);
		break;
	case 5:
		go_chan_try_recv(handed, a, NULL);
		break;
	default:
		n = go_alloc(sizeof *n + next(x) % 300);
		n->key = n->copy = next(x) | 1;
		n->next = *a;
		n->other = b;
		*a = n;
	}
	walk(roots[next(x) % Roots]);
}

static void
mutate(void *arg)
{
	uint32_t x = seed + (uint32_t)(uintptr_t)arg * 7919;
	Node *roots[Roots] = {0};

	for (int i = 0; i < Turns; i++)
		turn(roots, &x);
	go_waitgroup_done(&wg);
}

static int
gc_graph(int argc, char **argv)
{
	seed = argc > 1 ? (uint32_t)atoi(argv[1]) : (uint32_t)go_nanotime() | 1;
	handed = go_chan_make(sizeof(Node *), 16);
	go_waitgroup_add(&wg, Mutators);
	for (uintptr_t i = 1; i <= Mutators; i++)
		go_with_stack(mutate, (void *)i, 16384);
	go_waitgroup_wait(&wg);
	printf("done\n");
	return 0;
}
