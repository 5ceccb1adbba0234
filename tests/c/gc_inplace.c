// Goroutines walk over blocks in foreign code, so they stop in place. None of their blocks may be
// freed.
// procs: 1 2 8

#include <stdio.h>
#include <string.h>
#include <worldsema.h>

typedef struct Node Node;
struct Node {
	Node *next;
	uint32_t n;
};

static GoWaitGroup walking, wg;
static volatile bool stop;

uint64_t gi_walk(const Node *p);

GO_FOREIGN(gi_walk) uint64_t gi_walk(const Node *p)
{
	uint64_t sum = 0;

	for (; p; p = p->next)
		sum += p->n;
	return sum;
}

static void
walker(void *arg)
{
	Node *list = NULL;
	int wrong = 0;

	for (uint32_t i = 1; i <= 2000; i++) {
		Node *p = go_alloc(sizeof *p);

		p->next = list;
		p->n = i;
		list = p;
	}
	go_waitgroup_done(&walking);
	while (!stop)
		wrong += gi_walk(list) != 2001000;
	if (wrong)
		printf("%d walks were wrong\n", wrong);
	go_waitgroup_done(&wg);
}

int
main(void)
{
	go_waitgroup_add(&walking, 3);
	go_waitgroup_add(&wg, 3);
	for (int i = 0; i < 3; i++)
		go(walker, NULL);
	go_waitgroup_wait(&walking);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 20000; k++)
			memset(go_alloc(sizeof(Node)), 0xee, sizeof(Node));
		go_gc();
	}
	stop = true;
	go_waitgroup_wait(&wg);
	printf("done\n");
	return 0;
}
