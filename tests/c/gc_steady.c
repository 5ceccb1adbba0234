// What is dropped is used again: after a long churn the heap is as large as after a short one.

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

static uint64_t
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
	return s.heap_inuse;
}

int
main(void)
{
	uint64_t first = after(5), last = after(40);

	// How far the heap grows before the world is stopped depends on how busy the machine is.
	if (last > first + first / 2 + (2 << 20) || s.heap_sys > 300 << 20)
		printf("%llu, then %llu\n", (unsigned long long)first, (unsigned long long)last);
	else
		printf("steady\n");
	return 0;
}
