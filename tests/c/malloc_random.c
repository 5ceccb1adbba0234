// Many goroutines allocate, resize, hand over and free blocks of all sizes, and know what must be
// in them. args: a seed.
// procs: 1 2 8

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { Users = 8, Live = 64, Turns = 4000 };

typedef struct Block Block;
struct Block {
	uint8_t *p;
	size_t n;
	uint8_t fill;
};

static GoWaitGroup wg;
static GoChan *handed;
static uint32_t seed;

static uint32_t
next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static size_t
size_of(uint32_t *x)
{
	uint32_t r = next(x) % 32;

	return r == 0 ? next(x) % 100000 : r < 4 ? next(x) % 20000 : next(x) % 400;
}

static void
look(const Block *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b->p[i] != b->fill) {
			fprintf(stderr, "seed %u: a block of %zu is damaged at %zu\n", seed, b->n,
			        i);
			abort();
		}
}

static void
fill(Block *b, uint32_t *x)
{
	b->fill = (uint8_t)next(x);
	memset(b->p, b->fill, b->n);
}

static void
turn(Block *b, uint32_t *x)
{
	size_t n = size_of(x);

	if (!b->p) {
		b->n = n;
		b->p = malloc(n);
		fill(b, x);
		return;
	}
	look(b, b->n);
	switch (next(x) % 8) {
	case 0:
		b->p = realloc(b->p, n);
		look(b, n < b->n ? n : b->n);
		b->n = n;
		fill(b, x);
		break;
	case 1:
		if (go_chan_try_send(handed, b))
			b->p = NULL; // another goroutine's now
		break;
	default:
		free(b->p);
		b->p = NULL;
	}
}

static void
take_over(Block *b)
{
	if (!b->p && go_chan_try_recv(handed, b, NULL))
		look(b, b->n);
}

static void
user(void *arg)
{
	uint32_t x = seed + (uint32_t)(uintptr_t)arg * 7919;
	Block live[Live] = {0};

	for (int i = 0; i < Turns; i++) {
		Block *b = &live[next(&x) % Live];

		if (next(&x) % 8 == 0)
			take_over(b);
		turn(b, &x);
	}
	for (int i = 0; i < Live; i++)
		free(live[i].p);
	go_waitgroup_done(&wg);
}

int
main(int argc, char **argv)
{
	seed = argc > 1 ? (uint32_t)atoi(argv[1]) : (uint32_t)go_nanotime() | 1;
	handed = go_chan_make(sizeof(Block), 32);
	go_waitgroup_add(&wg, Users);
	for (uintptr_t i = 1; i <= Users; i++)
		go_with_stack(user, (void *)i, 16384);
	go_waitgroup_wait(&wg);
	printf("done\n");
	return 0;
}
