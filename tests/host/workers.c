// In 128 MiB: more workers are wanted than there are, while the host's thread, which alone can
// start them, is busy ("busy"), and when memory is full ("full"); and most of it is garbage
// ("garbage").

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <worldsema.h>

enum { Blocked = 12 };

GO_HOST(void, busy, int)

static GoWaitGroup wg;
static volatile bool begun, asked;

static void
tick(void *arg)
{
	(void)arg;
	for (;;)
		go_sleep(GO_MILLISECOND);
}

static void
block(void *arg)
{
	(void)arg;
	usleep(10 * 1000);
	go_waitgroup_done(&wg);
}

static void
ask(void *arg)
{
	(void)arg;
	asked = true;
	busy(100); // time slices that others are to get
	go_waitgroup_done(&wg);
}

static void
say(void *arg)
{
	(void)arg;
	printf("another goroutine runs\n");
	go_waitgroup_done(&wg);
}

static void
take_all(void)
{
	char *spare = malloc(20000);

	for (size_t size = 16 << 20; size >= 40000; size /= 2)
		for (char *volatile p; (p = malloc(size)) != NULL;)
			;
	free(spare);
}

typedef struct Node Node;
struct Node {
	Node *next;
	char bytes[1000];
};

static Node *nodes;

// 64 MiB live, and a gigabyte of garbage, small blocks and large ones.
static int
churn(void)
{
	for (int i = 0; i < 64000; i++) {
		Node *n = go_alloc(sizeof *n);

		n->next = nodes;
		nodes = n;
	}
	for (int i = 0; i < 500000; i++)
		((Node *)go_alloc(sizeof(Node)))->bytes[0] = 1;
	for (int i = 0; i < 500; i++)
		((char *)go_alloc_noscan(1 << 20))[i] = 1;
	printf("main ends\n");
	return 0;
}

static void
begin(void)
{
	begun = true;
}
GO_EXPORT(void, begin)

int
main(int argc, char **argv)
{
	bool full = argc > 1 && strcmp(argv[1], "full") == 0;

	if (argc > 1 && strcmp(argv[1], "garbage") == 0)
		return churn();
	if (full)
		take_all();
	else
		go(tick, NULL);
	while (!full && !begun)
		go_sleep(GO_MILLISECOND);
	go_waitgroup_add(&wg, 1 + Blocked);
	go(full ? say : ask, NULL);
	while (!full && !asked)
		go_sleep(GO_MILLISECOND);
	for (int i = 0; i < Blocked; i++)
		go(block, NULL);
	go_waitgroup_wait(&wg);
	printf("main ends\n");
	return 0;
}
