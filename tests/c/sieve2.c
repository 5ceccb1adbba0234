// A sieve that merges streams of multiples: for each prime a goroutine offers its multiples, a
// heap by their next value merges them into the composites, and what is missing there is prime.
// Primes feed back to be multiplied, so no filter is ever passed by a number it need not see.
// After Go's test/chan/sieve2.go.

#include "check.h"

typedef struct Peek Peek;
struct Peek {
	int head;
	GoChan *ch;
};

typedef struct Heap Heap;
struct Heap {
	Peek at[256];
	int n;
};

static void
put(Heap *h, Peek p)
{
	int i = h->n++;

	check(h->n <= 256);
	for (; i > 0 && h->at[(i - 1) / 2].head > p.head; i = (i - 1) / 2)
		h->at[i] = h->at[(i - 1) / 2];
	h->at[i] = p;
}

static Peek
get(Heap *h)
{
	Peek top = h->at[0], last = h->at[--h->n];
	int i = 0;

	for (int kid; (kid = 2 * i + 1) < h->n; i = kid) {
		if (kid + 1 < h->n && h->at[kid + 1].head < h->at[kid].head)
			kid++;
		if (h->at[kid].head >= last.head)
			break;
		h->at[i] = h->at[kid];
	}
	h->at[i] = last;
	return top;
}

static int
recv(GoChan *c)
{
	int v;

	check(go_chan_recv(c, &v));
	return v;
}

static void
send(GoChan *c, int v)
{
	go_chan_send(c, &v);
}

// Odd numbers from 9 on, without end.
static void
candidates(void *out)
{
	for (int v = 9;; v += 2)
		send(out, v);
}

typedef struct Multiples Multiples;
struct Multiples {
	int p;
	GoChan *out;
};

// The odd multiples of p from its square on.
static void
multiples(void *arg)
{
	Multiples m = *(Multiples *)arg;

	free(arg);
	for (int v = m.p * m.p;; v += 2 * m.p)
		send(m.out, v);
}

static Peek
stream(int p)
{
	Multiples *m = malloc(sizeof *m);
	GoChan *c = go_chan_make(sizeof(int), 10);

	*m = (Multiples){p, c};
	go(multiples, m);
	return (Peek){recv(c), c};
}

static GoChan *composites, *primes, *results;

// Merges all multiples, without duplicates.
static void
merge(void *unused)
{
	static Heap heap;
	Peek next = stream(5);
	int last = 0;

	(void)unused;
	put(&heap, stream(3));
	for (;;) {
		Peek p = get(&heap);

		if (p.head != last)
			send(composites, p.head);
		last = p.head;
		p.head = recv(p.ch);
		put(&heap, p);
		// A prime's multiples join when its square comes up.
		while (heap.at[0].head >= next.head) {
			put(&heap, next);
			next = stream(recv(primes));
		}
	}
}

// What is a candidate and no composite is prime; goes out and back.
static void
sift(void *unused)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int composite, first[] = {2, 3, 5, 7};

	(void)unused;
	go(candidates, c);
	for (int i = 0; i < 4; i++)
		send(results, first[i]);
	send(primes, 7);
	composite = recv(composites);
	for (;;) {
		int v = recv(c);

		if (v < composite) {
			send(primes, v);
			send(results, v);
		}
		while (composite <= v)
			composite = recv(composites);
	}
}

int
main(void)
{
	int n = many(500, 5000), p = 0, sum = 0;

	composites = go_chan_make(sizeof(int), 50);
	// Primes are made far ahead of their use: each is needed when its square comes.
	primes = go_chan_make(sizeof(int), 10000);
	results = go_chan_make(sizeof(int), 10);
	go_with_stack(merge, NULL, 16384);
	go(sift, NULL);
	for (int i = 1; i <= n; i++) {
		p = recv(results);
		sum += p;
		if (i % 100 == 0 && i <= 500)
			printf("prime %d is %d, sum %d\n", i, p, sum);
	}
	check(p == (n == 500 ? 3571 : 48611));
	return 0;
}
