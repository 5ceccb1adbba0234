// Very many goroutines: born, counted, gone; trees of them; records used again.

#include "check.h"

static GoChan *gate, *out;

static void
wait_at_gate(void *arg)
{
	int v = (int)(intptr_t)arg;

	go_chan_recv(gate, NULL);
	go_chan_send(out, &v);
}

static void
crowd(int n)
{
	int64_t sum = 0;
	int v;

	gate = go_chan_make(0, 0);
	out = go_chan_make(sizeof(int), 0);
	for (int i = 0; i < n; i++)
		go_with_stack(wait_at_gate, (void *)(intptr_t)i, 1024);
	check(go_num_goroutine() == n + 1);
	go_chan_close(gate);
	for (int i = 0; i < n; i++) {
		go_chan_recv(out, &v);
		sum += v;
	}
	check(sum == (int64_t)n * (n - 1) / 2);
	until(go_num_goroutine() == 1);
}

typedef struct Node Node;
struct Node {
	GoChan *to;
	int64_t number, size;
};

// Each starts ten that have a tenth of the numbers: the sum of all leaves.
static void
tree(void *arg)
{
	Node n = *(Node *)arg, kids[10];
	int64_t sum = 0, part;
	GoChan *c;

	if (n.size == 1) {
		go_chan_send(n.to, &n.number);
		return;
	}
	c = go_chan_make(sizeof(int64_t), 10);
	for (int i = 0; i < 10; i++) {
		kids[i] = (Node){c, n.number + i * (n.size / 10), n.size / 10};
		go_with_stack(tree, &kids[i], 2048);
	}
	for (int i = 0; i < 10; i++) {
		go_chan_recv(c, &part);
		sum += part;
	}
	go_chan_free(c);
	go_chan_send(n.to, &sum);
}

static void
nothing(void *arg)
{
	__atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
}

int
main(void)
{
	int64_t size = many(10000, 100000), sum;
	Node root = {go_chan_make(sizeof(int64_t), 0), 0, size};
	int count = 0;

	for (int i = 0; i < 3; i++)
		crowd(many(10000, 100000));
	printf("crowd\n");
	go(tree, &root);
	go_chan_recv(root.to, &sum);
	check(sum == size * (size - 1) / 2);
	printf("tree\n");
	until(go_num_goroutine() == 1);
	for (int i = 0; i < 100000; i++) {
		go(nothing, &count);
		if (i % 50 == 0)
			go_gosched();
	}
	until(__atomic_load_n(&count, __ATOMIC_SEQ_CST) == 100000);
	printf("%d born and gone\n", count);
	return 0;
}
