// A weak reference gives the block as long as something else keeps the block.

#include <stdio.h>
#include <worldsema.h>

enum { Many = 1000 };

typedef struct Item Item;
struct Item {
	int n;
	char text[20];
};

static GoWeak *weak, *within, *lost, *many[Many];
static Item *kept, *some[Many / 10];
static bool finalized, cleared_before;

static void
finalize(void *item)
{
	finalized = ((Item *)item)->n == 3;
	cleared_before = !go_weak_value(lost);
}

static Item *
item(int n)
{
	Item *it = go_alloc(sizeof *it);

	it->n = n;
	return it;
}

// On a stack that is gone afterwards.
static void
make(void *done)
{
	Item *it = item(3);

	kept = item(1);
	weak = go_weak_make(kept);
	within = go_weak_make(&kept->text[5]);
	lost = go_weak_make(it);
	go_set_finalizer(it, finalize);
	for (int i = 0; i < Many; i++) {
		it = item(i);
		many[i] = go_weak_make(it);
		if (i % 10 == 0)
			some[i / 10] = it;
	}
	go_chan_send(done, NULL);
}

static int
still(void)
{
	int n = 0;

	for (int i = 0; i < Many; i++) {
		Item *it = go_weak_value(many[i]);

		if (it && it->n != i)
			printf("item %d is %d\n", i, it->n);
		n += it != NULL;
	}
	return n;
}

int
main(void)
{
	GoChan *done = go_chan_make(0, 0);

	go(make, done);
	go_chan_recv(done, NULL);
	go_gosched();
	printf("equal: %d %d\n", go_weak_make(kept) == weak, go_weak_make(kept->text) == weak);
	go_gc();
	go_gc();
	printf("kept: %d, within at %d\n", ((Item *)go_weak_value(weak))->n,
	       (int)((char *)go_weak_value(within) - kept->text));
	printf("of many: %d\n", still());
	while (!finalized)
		go_gosched();
	printf("cleared before its finalizer: %d\n", cleared_before);
	kept = NULL;
	weak = go_weak_make(NULL);
	printf("nil: %d %d\n", !weak, !go_weak_value(NULL));
	go_gc();
	go_gc();
	printf("gone: %d\n", !go_weak_value(within));
	return 0;
}
