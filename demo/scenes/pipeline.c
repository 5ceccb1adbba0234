// A pipeline in three stages, the middle one slow: where does the work pile up?
//
//	produce --raw--> grind, grind, ... --fine--> main
//
// The channels have room for a few items, so that no stage waits for the next
// one at once. When a stage cannot keep up, its channel fills, and those who
// send into it wait: back pressure, for free.
//
// What to look for: with few grinders the producers wait in "chan send". Give it
// more grinders and more workers, until main is the one that is waited for.
//
// Arguments: producers, grinders.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

enum { Room = 16, BlockBytes = 4096, Rounds = 40 };

typedef struct Block {
	uint32_t number, hash;
	uint8_t data[BlockBytes];
} Block;

static GoChan *raw, *fine;

static void
produce(void *arg)
{
	uint32_t seed = (uint32_t)(intptr_t)arg;

	for (uint32_t n = 0;; n++) {
		Block *block = malloc(sizeof *block);

		block->number = n;
		for (int i = 0; i < BlockBytes; i++) {
			seed = seed * 1664525 + 1013904223;
			block->data[i] = (uint8_t)(seed >> 24);
		}
		go_chan_send(raw, &block);
	}
}

static void
grind(void *arg)
{
	Block *block;

	(void)arg;
	while (go_chan_recv(raw, &block)) {
		uint32_t hash = 2166136261;

		for (int round = 0; round < Rounds; round++) {
			for (int i = 0; i < BlockBytes; i++)
				hash = (hash ^ block->data[i]) * 16777619;
		}
		block->hash = hash;
		go_chan_send(fine, &block);
	}
}

int
main(int argc, char **argv)
{
	int producers = argc > 1 ? atoi(argv[1]) : 4;
	int grinders = argc > 2 ? atoi(argv[2]) : 2;
	int64_t start = go_nanotime();
	uint32_t sum = 0;

	raw = go_chan_make(sizeof(Block *), Room);
	fine = go_chan_make(sizeof(Block *), Room);
	for (int i = 0; i < producers; i++)
		go(produce, (void *)(intptr_t)i);
	for (int i = 0; i < grinders; i++)
		go(grind, NULL);
	for (int n = 1;; n++) {
		Block *block;

		go_chan_recv(fine, &block);
		sum ^= block->hash;
		free(block);
		if (n % 2000 == 0) {
			double seconds = (double)(go_nanotime() - start) / GO_SECOND;

			printf("%d blocks, %d a second, %08x; waiting: %zu raw, %zu fine\n", n,
			       (int)(n / seconds), sum, go_chan_len(raw), go_chan_len(fine));
		}
	}
}
