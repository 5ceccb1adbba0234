// Finalizers run once, when a block cannot be reached; first the one that points to others.

#include <stdio.h>
#include <worldsema.h>

typedef struct Item Item;
struct Item {
	Item *next;
	int n;
};

static GoChan *ran;
static Item *kept;

static void
finalize(void *arg)
{
	Item *item = arg;
	int n = item->n * 1000 + (item->next ? item->next->n : 0); // which must still be there

	go_chan_send(ran, &n);
}

static void
keep(void *arg)
{
	kept = arg;
	finalize(arg);
}

static Item *
make(int n, Item *next, GoFunc fn)
{
	Item *item = go_alloc(sizeof *item);

	item->n = n;
	item->next = next;
	go_set_finalizer(item, fn);
	return item;
}

// On a stack that is gone afterwards.
static void
chain(void *arg)
{
	make(1, make(2, make(3, NULL, finalize), finalize), finalize);
	go_chan_send(arg, NULL);
}

static void
others(void *arg)
{
	Item *a = make(7, NULL, finalize);

	make(4, NULL, keep);
	a->next = make(8, a, finalize); // a circle: never
	go_set_finalizer(make(5, NULL, finalize), NULL);
	go_chan_send(arg, NULL);
}

static void
away(GoFunc fn)
{
	GoChan *done = go_chan_make(0, 0);

	go(fn, done);
	go_chan_recv(done, NULL);
	go_gosched();
	go_chan_free(done);
}

// Takes what has come; returns how many.
static int
take(void)
{
	int n, got = 0;

	for (int i = 0; i < 100; i++, go_gosched())
		while (go_chan_try_recv(ran, &n, NULL)) {
			printf(" %d", n);
			got++;
		}
	return got;
}

// Until so many have run: each collection finds one of a chain, when the one before it has run.
// Then no more come.
static void
collect(const char *what, int wanted)
{
	printf("%s:", what);
	while (wanted > 0) {
		go_gc();
		wanted -= take();
	}
	for (int i = 0; i < 3; i++) {
		go_gc();
		take();
	}
	printf("\n");
}

int
main(void)
{
	ran = go_chan_make(sizeof(int), 100);
	away(chain);
	collect("chain", 3);
	away(others);
	collect("others", 1);
	printf("kept: %d\n", kept->n);
	kept = NULL;
	collect("again", 0);
	return 0;
}
