// A constant keeps nothing, whatever it looks like.

#include <stdint.h>
#include <stdio.h>
#include <worldsema.h>

enum { Blocks = 256, Bytes = 64 << 10 };

// An address in each block of 64 KiB of the first 32 MiB.
#define A1(n) 0x7654 + 0x10000 * (n)
#define A8(n) A1(n), A1(n + 1), A1(n + 2), A1(n + 3), A1(n + 4), A1(n + 5), A1(n + 6), A1(n + 7)
#define A64(n) \
	A8(n), A8(n + 8), A8(n + 16), A8(n + 24), A8(n + 32), A8(n + 40), A8(n + 48), A8(n + 56)
static const uint32_t addresses[] = {A64(0),   A64(64),  A64(128), A64(192),
                                     A64(256), A64(320), A64(384), A64(448)};

static GoWeak *weak[Blocks];

static void
fill(void *done)
{
	for (int i = 0; i < Blocks; i++)
		weak[i] = go_weak_make(go_alloc_noscan(Bytes));
	go_chan_send(done, NULL);
}

int
main(void)
{
	GoChan *done = go_chan_make(0, 0);
	int kept = 0;
	volatile int last = 511;

	go(fill, done);
	go_chan_recv(done, NULL);
	go_gosched();
	go_gc();
	go_gc();
	for (int i = 0; i < Blocks; i++)
		kept += go_weak_value(weak[i]) != NULL;
	printf("kept: %d, %x\n", kept, addresses[last]);
	return 0;
}
