// The goroutine profile: the caller first, then everybody, in the order they were made; nothing
// is written, and nothing stopped, when there is too little room; the last pc is followed by 0
// unless all 32 are used, and what comes after is left as it was.

#include "../../runtime/ask/words.h"
#include "check.h"

enum { Others = 20, Slots = 32, Mark = 0x5a5a5a5a };

uint32_t rt_host_counts(CountsHead *head, uint32_t room);

static GoChan *c;
static GoStackRecord records[Others + 20];

static uint32_t
stops(void)
{
	CountsHead head;

	rt_host_counts(&head, sizeof head);
	return head.stops;
}

static void
mark(void)
{
	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		for (int k = 0; k < Slots; k++)
			records[i].pcs[k] = Mark;
}

static bool
untouched(size_t from)
{
	for (size_t i = from; i < sizeof records / sizeof *records; i++)
		for (int k = 0; k < Slots; k++)
			if (records[i].pcs[k] != Mark)
				return false;
	return true;
}

// Depth of the stack in a record, and that what follows is as it should be.
static int
depth(const GoStackRecord *r)
{
	int n = 0;

	while (n < Slots && r->pcs[n] != 0)
		n++;
	for (int k = n + 1; k < Slots; k++)
		check(r->pcs[k] == Mark);
	return n;
}

static const char *
outermost(const GoStackRecord *r)
{
	static GoFrame f[8];
	size_t n = go_func_for_pc(r->pcs[depth(r) - 1], f, 8);

	check(n > 0 && n <= 8);
	return f[n - 1].func;
}

static bool
holds(const GoStackRecord *r, const char *func)
{
	for (int k = 0; k < Slots && r->pcs[k] != 0; k++) {
		GoFrame f[8];
		size_t n = go_func_for_pc(r->pcs[k], f, 8);

		for (size_t i = 0; i < n && i < 8; i++)
			if (strcmp(f[i].func, func) == 0)
				return true;
	}
	return false;
}

__attribute__((noinline)) static void
descend(int n)
{
	volatile int here = n;

	if (n == 0)
		go_chan_recv(c, NULL);
	else
		descend(n - 1);
	here = 0;
	(void)here;
}

static void
waiter(void *arg)
{
	descend((int)(intptr_t)arg);
}

__attribute__((noinline)) static bool
ask(size_t max, size_t *n)
{
	return go_goroutine_profile(records, max, n);
}

int
main(void)
{
	size_t n = 0;
	uint32_t before;
	int deepest = 0, last;

	c = go_chan_make(0, 0);
	for (intptr_t i = 0; i < Others; i++)
		go(waiter, (void *)(3 * i));
	until_waiting(Others, "chan receive]");

	mark();
	before = stops();
	for (size_t max = 0; max <= Others; max++) {
		n = 0;
		check(!ask(max, &n) && n == Others + 1);
	}
	check(!go_goroutine_profile(NULL, 0, &n) && n == Others + 1);
	check(untouched(0));
	check(stops() == before);
	printf("too small\n");

	for (size_t max = Others + 1; max < Others + 5; max++) {
		mark();
		before = stops();
		check(ask(max, &n) && n == Others + 1);
		check(untouched(n));
		check(stops() == before + 1);
	}
	check(holds(&records[0], "ask"));
	for (int i = 1; i <= Others; i++) {
		check(holds(&records[i], "descend") && !holds(&records[i], "ask"));
		check((strcmp(outermost(&records[i]), "waiter") == 0) ==
		      (depth(&records[i]) < Slots));
		if (depth(&records[i]) > deepest)
			deepest = depth(&records[i]);
	}
	check(deepest == Slots);
	// One frame more for each level: the order is the order of creation.
	last = depth(&records[1]);
	for (int i = 2; i <= Others; i++) {
		check(depth(&records[i]) == (last + 3 < Slots ? last + 3 : Slots));
		last = depth(&records[i]);
	}
	printf("%zu goroutines\n", n);
	go_chan_close(c);
	until(go_num_goroutine() == 1);
	check(ask(1, &n) && n == 1);
	return 0;
}
