// procs: 1 2 8
// Callbacks from foreign code wait, panic, look at themselves, and call foreign code again.

#include "check.h"

typedef int (*Fn)(int);

static GoChan *numbers;
static GoWaitGroup wg;

int fc_sum(Fn f, int x);

GO_FOREIGN(fc_sum) int fc_sum(Fn f, int x)
{
	int sum = 0;

	for (int i = 0; i < 3; i++)
		sum += f(x + i);
	return sum;
}

int fc_yields(int n);

GO_FOREIGN(fc_yields) int fc_yields(int n)
{
	for (int i = 0; i < n; i++)
		go_gosched();
	return n;
}

static void
feed(void *arg)
{
	(void)arg;
	for (int i = 0; i < 9; i++)
		go_chan_send(numbers, &i);
	go_chan_close(numbers);
}

static int
receive(int x)
{
	int v;

	go_chan_recv(numbers, &v);
	return v * 10 + x;
}

static int
nested(int x)
{
	return fc_sum(receive, x * 100);
}

static void
boom(void *arg)
{
	(void)arg;
	go_gosched();
	go_panic("boom");
}

static int
recovers(int x)
{
	check_panic(boom, NULL, "boom");
	return x;
}

static int
looks(int x)
{
	char text[4000];
	size_t n = go_stack(text, sizeof text, false);

	fwrite(text, 1, n, stdout);
	return x;
}

static int
yields(int x)
{
	go_gosched();
	return x;
}

static void
yielder(void *arg)
{
	int *sum = arg;

	for (int i = 0; i < 30; i++)
		*sum += fc_sum(yields, i);
	go_waitgroup_done(&wg);
}

static int
compare(const void *a, const void *b)
{
	int v;

	go_chan_recv(numbers, &v); // closed by now
	go_gosched();
	return *(const int *)a - *(const int *)b;
}

int
main(void)
{
	int sums[10] = {0}, list[] = {5, 3, 9, 1, 7, 2, 8}, before;

	numbers = go_chan_make(sizeof(int), 0);
	go(feed, NULL);
	printf("%d\n", fc_sum(nested, 1));
	printf("%d\n", fc_sum(recovers, 1));
	fc_sum(looks, 1);
	before = (int)go_blocked_callbacks();
	for (int i = 0; i < 10; i++) {
		go_waitgroup_add(&wg, 1);
		go(yielder, &sums[i]);
	}
	go_waitgroup_wait(&wg);
	for (int i = 0; i < 10; i++)
		check(sums[i] == 3 * 435 + 90);
	check((int)go_blocked_callbacks() >= before + 10 * 30 * 3);
	before = (int)go_blocked_callbacks();
	check(fc_yields(5) == 5);
	check((int)go_blocked_callbacks() == before + 5);
	qsort(list, sizeof list / sizeof list[0], sizeof list[0], compare);
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		printf("%d ", list[i]);
	printf("\n");
	return 0;
}
