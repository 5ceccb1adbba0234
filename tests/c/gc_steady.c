// Dropped blocks are used again: after a long churn the heap is as large as after a short one.

#include <stdio.h>
#include <worldsema.h>

typedef struct Node Node;
struct Node {
	Node *next;
	char text[50];
};

static GoWaitGroup wg;
static Node *kept[100];

static void
churn(void *arg)
{
	for (int i = 0; i < 40000; i++) {
		Node *n = go_alloc(sizeof *n + (size_t)(i % 7) * 100);

		if (i % 1000 != 0)
			n->next = kept[i % 100];
		kept[i % 100] = i % 11 ? n : NULL;
		if (i % 5000 == 0)
			go_alloc(40000);
	}
	go_waitgroup_done(&wg);
}

static GoMemStats s;

// What is live is less than 2 MB, in pages that are full of holes; what is churned a gigabyte.
static bool
small(void)
{
	return s.collected_bytes < 4 << 20 && s.heap_inuse < 16 << 20 && s.heap_sys < 300 << 20;
}

static void
after(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		go_waitgroup_add(&wg, 2);
		go(churn, NULL);
		go(churn, NULL);
		go_waitgroup_wait(&wg);
	}
	go_gc();
	go_read_mem_stats(&s);
	if (!small())
		printf("%llu, %llu, %llu\n", (unsigned long long)s.collected_bytes,
		       (unsigned long long)s.heap_inuse, (unsigned long long)s.heap_sys);
}

int
main(void)
{
	after(5);
	// How far the heap grows before the world is stopped depends on how busy the machine is.
	after(40);
	if (small())
		printf("steady\n");
	return 0;
}
