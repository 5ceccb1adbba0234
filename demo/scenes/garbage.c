// Garbage: trees that are built, looked at once, and dropped.
//
// Every goroutine grows a binary tree, counts its nodes, and drops the tree. Then
// it rests and grows the next one. A node is collected memory: nobody frees it.
// One larger tree is kept for the whole time, so that each collection has to tell
// garbage from memory in use.
//
// What to look for: the saw-tooth in the chart. Memory in use rises to the dashed
// line, where a collection begins. Then it falls to what is really needed: the
// kept tree, and the trees that are just being built. It stays below the line,
// however long the program runs. Set the rest to 0: the teeth come closer, and the
// pauses stay as short as before.
//
// Arguments: goroutines, depth of a tree, rest between two trees in milliseconds.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

typedef struct Node Node;
struct Node {
	Node *left, *right;
};

static int depth;
static int64_t rest;
static GoChan *counted;

static Node *
grow(int levels)
{
	Node *node = go_alloc(sizeof *node);

	if (levels > 1) {
		node->left = grow(levels - 1);
		node->right = grow(levels - 1);
	}
	return node;
}

static uint32_t
count(const Node *node)
{
	return node ? 1 + count(node->left) + count(node->right) : 0;
}

static void
gardener(void *arg)
{
	(void)arg;
	for (;;) {
		uint32_t nodes = count(grow(depth)); // and the tree is garbage

		go_chan_send(counted, &nodes);
		go_sleep(rest);
	}
}

int
main(int argc, char **argv)
{
	int gardeners = argc > 1 ? atoi(argv[1]) : 4;
	Node *kept;
	uint64_t all = 0;

	depth = argc > 2 ? atoi(argv[2]) : 13;
	rest = (argc > 3 ? atoi(argv[3]) : 50) * GO_MILLISECOND;
	counted = go_chan_make(sizeof(uint32_t), 0);
	kept = grow(depth + 3);
	for (int i = 0; i < gardeners; i++)
		go(gardener, NULL);
	for (int trees = 1;; trees++) {
		uint32_t nodes;

		go_chan_recv(counted, &nodes);
		all += nodes;
		if (trees % 100 == 0)
			printf("%d trees of %u nodes, %llu MiB in all\n", trees, count(kept),
			       (unsigned long long)(all * sizeof(Node) >> 20));
	}
}
