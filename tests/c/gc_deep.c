// A list of ten million blocks and a tree that is wide: marking needs no stack of its own.

#include <stdio.h>
#include <worldsema.h>

typedef struct Node Node;
struct Node {
	Node *next;
	uint32_t n;
};

static Node *list;
static Node **wide;

int
main(void)
{
	enum { N = 10000000, Wide = 500000 };
	uint32_t n = 0, sum = 0;

	for (uint32_t i = 0; i < N; i++) {
		Node *node = go_alloc(sizeof *node);

		node->next = list;
		node->n = i;
		list = node;
	}
	wide = go_alloc(Wide * sizeof *wide);
	for (uint32_t i = 0; i < Wide; i++) {
		wide[i] = go_alloc(sizeof **wide);
		wide[i]->n = i;
	}
	go_gc();
	for (Node *p = list; p && p->n == N - 1 - n; p = p->next)
		n++;
	for (uint32_t i = 0; i < Wide; i++)
		sum += wide[i]->n == i;
	printf("%u %u\n", n, sum);
	return 0;
}
