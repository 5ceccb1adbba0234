// JavaScript calls a function that it took from the function table. If that function waits, it
// waits in place, however JavaScript took it.

#include <emscripten.h>
#include <stdio.h>
#include <worldsema.h>

enum { N = 8 };

static GoChan *c;
static GoWaitGroup wg;
static int hits, sums[N];

typedef int (*Callback)(int);

EM_JS(int, js_slots_entry, (Callback f, int n), { return getWasmTableEntry(f)(n) + 1; });
EM_JS(int, js_slots_table, (Callback f, int n), { return wasmTable.get(f)(n) + 1; });
EM_JS(int, js_slots_sort, (Callback f, int n), {
	var keys = [ 3, 1, 2 ].sort(function(a, b) { return getWasmTableEntry(f)(a - b); });
	return keys[0] * 100 + keys[1] * 10 + keys[2] + n;
});
static int
plain(int n)
{
	return n * 3;
}

static int
waits(int n)
{
	int v = 0;

	__atomic_fetch_add(&hits, 1, __ATOMIC_SEQ_CST);
	go_chan_recv(c, &v);
	return v * n;
}

static int
nested(int n)
{
	return js_slots_entry(waits, n) + js_slots_table(waits, n);
}

static void
calls(void *p)
{
	int i = (int)(intptr_t)p;

	for (int k = 0; k < 20; k++)
		sums[i] += js_slots_entry(nested, i);
	go_waitgroup_done(&wg);
}

static void
feed(void *unused)
{
	int v = 10;

	(void)unused;
	for (;;)
		go_chan_send(c, &v);
}

int
main(void)
{
	int sum = 0;

	c = go_chan_make(sizeof(int), 0);
	go(feed, NULL);
	printf("%d %d\n", js_slots_entry(plain, 5), js_slots_entry(waits, 5));
	printf("%d %d\n", js_slots_table(waits, 5), js_slots_sort(waits, 0));

	hits = 0;
	go_waitgroup_add(&wg, N);
	for (intptr_t i = 0; i < N; i++)
		go(calls, (void *)i);
	go_waitgroup_wait(&wg);
	for (int i = 0; i < N; i++)
		sum += sums[i];
	printf("%d %d\n", sum, hits);
	return 0;
}
