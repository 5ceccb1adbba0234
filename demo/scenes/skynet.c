// Skynet: a tree of goroutines. Each goroutine starts ten others, which start ten
// others, and so on, until there is a leaf for every number. Then the sums come
// back up to the root.
//
// With 100,000 leaves, 111,111 goroutines start and end in every round. They call
// little, so a small stack is enough for each. The leaves rest for a while, so
// that the whole tree exists at one moment. Without a rest this is the well-known
// benchmark, where few goroutines exist at a time.
//
// What to look for: the counter of goroutines. Press d when it is highest: a
// hundred thousand stacks become a handful of lines, one for each place where
// goroutines wait.
//
// Arguments: leaves (a power of ten), their rest in milliseconds, rounds.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

enum { Children = 10, StackBytes = 1024 };

typedef struct Node {
	GoChan *up; // where the sum is sent
	int64_t first, leaves;
} Node;

static int64_t rest;

static void
skynet(void *arg)
{
	Node *node = arg;
	int64_t sum = node->first;

	if (node->leaves > 1) {
		GoChan *sums = go_chan_make(sizeof(int64_t), Children);
		int64_t each = node->leaves / Children, part;
		Node child[Children]; // on this stack, which outlives all of them

		for (int i = 0; i < Children; i++) {
			child[i] = (Node){sums, node->first + i * each, each};
			go_with_stack(skynet, &child[i], StackBytes);
		}
		sum = 0;
		for (int i = 0; i < Children; i++) {
			go_chan_recv(sums, &part);
			sum += part;
		}
		go_chan_free(sums);
	} else {
		go_sleep(rest);
	}
	go_chan_send(node->up, &sum);
}

int
main(int argc, char **argv)
{
	Node root = {.leaves = argc > 1 ? atoi(argv[1]) : 100000};
	int rounds = argc > 3 ? atoi(argv[3]) : 100;

	rest = (argc > 2 ? atoi(argv[2]) : 1000) * GO_MILLISECOND;
	for (int round = 1; round <= rounds; round++) {
		int64_t sum, start = go_nanotime();

		root.up = go_chan_make(sizeof(int64_t), 1);
		go(skynet, &root);
		go_chan_recv(root.up, &sum);
		printf("round %d: the sum is %lld, after %d ms\n", round, (long long)sum,
		       (int)((go_nanotime() - start) / GO_MILLISECOND));
		go_chan_free(root.up);
	}
	return 0;
}
