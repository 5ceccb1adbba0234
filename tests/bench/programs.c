#include "bench.h"

// Whole programs: the time is of one run, in ns.

static GoWaitGroup wg;

static void
generate(void *arg)
{
	for (int i = 2;; i++)
		go_chan_send(arg, &i);
}

typedef struct Filter Filter;
struct Filter {
	GoChan *in, *out;
	int prime;
};

static void
filter(void *arg)
{
	Filter f = *(Filter *)arg;
	int i;

	free(arg);
	for (;;) {
		go_chan_recv(f.in, &i);
		if (i % f.prime != 0)
			go_chan_send(f.out, &i);
	}
}

// The first primes; its goroutines are left behind, so it is run once a process.
static void
sieve(int n)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int64_t begin = go_nanotime();

	if (n < 500)
		return; // warming up would leave them behind, too
	go(generate, c);
	for (int i = 0; i < n; i++) {
		Filter *f = malloc(sizeof *f);

		*f = (Filter){c, go_chan_make(sizeof(int), 0), 0};
		go_chan_recv(c, &f->prime);
		c = f->out;
		go(filter, f);
	}
	bench_ns = (double)(go_nanotime() - begin);
}

typedef struct Node Node;
struct Node {
	GoChan *up;
	int64_t num, size;
};

static void
skynode(void *arg)
{
	Node me = *(Node *)arg, kids[10];
	int64_t sum = 0, v;
	GoChan *c;

	go_waitgroup_done(&wg); // the parent may go on: arg is its own
	if (me.size == 1) {
		go_chan_send(me.up, &me.num);
		return;
	}
	c = go_chan_make(sizeof v, 10);
	for (int i = 0; i < 10; i++) {
		kids[i] = (Node){c, me.num + i * (me.size / 10), me.size / 10};
		go_waitgroup_add(&wg, 1);
		go_with_stack(skynode, &kids[i], 2048);
	}
	for (int i = 0; i < 10; i++) {
		go_chan_recv(c, &v);
		sum += v;
	}
	go_chan_free(c);
	go_chan_send(me.up, &sum);
}

static void
skynet(int n)
{
	GoChan *c = go_chan_make(sizeof(int64_t), 1);
	Node root = {c, 0, n < 1000000 ? 100000 : 1000000};
	int64_t sum, begin = go_nanotime();

	go_waitgroup_add(&wg, 1);
	go_with_stack(skynode, &root, 2048);
	go_chan_recv(c, &sum);
	if (sum != root.size * (root.size - 1) / 2)
		printf("skynet: wrong sum\n");
	bench_ns = (double)(go_nanotime() - begin);
}

enum { Side = 400, Turns = 1000 };

static volatile int rows_done[Side]; // volatile: else the work is not wanted, and not done

// The points of a row that stay bounded.
static int
mandelbrot_row(int y)
{
	int in = 0;

	for (int x = 0; x < Side; x++) {
		double cr = 3.0 * x / Side - 2, ci = 2.0 * y / Side - 1, zr = 0, zi = 0;
		int i;

		for (i = 0; i < Turns && zr * zr + zi * zi < 4; i++) {
			double t = zr * zr - zi * zi + cr;

			zi = 2 * zr * zi + ci;
			zr = t;
		}
		in += i == Turns;
	}
	return in;
}

static void
mandelbrot_rows(void *arg)
{
	for (int y = (int)(intptr_t)arg; y < Side; y += 8)
		rows_done[y] = mandelbrot_row(y);
	go_waitgroup_done(&wg);
}

static void
mandelbrot(int n)
{
	int64_t begin = go_nanotime();

	(void)n;
	go_waitgroup_add(&wg, 8);
	for (intptr_t i = 0; i < 8; i++)
		go(mandelbrot_rows, (void *)i);
	go_waitgroup_wait(&wg);
	bench_ns = (double)(go_nanotime() - begin);
}

static volatile uint64_t steps[8];

static uint64_t
collatz_range(uint32_t from, uint32_t to)
{
	uint64_t sum = 0;

	for (uint32_t k = from; k < to; k++)
		for (uint64_t v = k; v != 1; sum++)
			v = v % 2 ? 3 * v + 1 : v / 2;
	return sum;
}

static void
collatz_part(void *arg)
{
	int part = (int)(intptr_t)arg;

	for (uint32_t i = 0; i < 100; i++)
		steps[part] += collatz_range(1 + i * 8000 + (uint32_t)part * 1000,
		                             1001 + i * 8000 + (uint32_t)part * 1000);
	go_waitgroup_done(&wg);
}

static void
collatz(int n)
{
	int64_t begin = go_nanotime();

	(void)n;
	go_waitgroup_add(&wg, 8);
	for (intptr_t i = 0; i < 8; i++)
		go(collatz_part, (void *)i);
	go_waitgroup_wait(&wg);
	bench_ns = (double)(go_nanotime() - begin);
}

const Bench bench_programs[] = {
	{"sieve", sieve, 2000},
	{"skynet", skynet, 1000000},
	{"mandelbrot", mandelbrot, 1},
	{"collatz", collatz, 1},
	{NULL, NULL, 0},
};
