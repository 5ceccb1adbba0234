// A pipeline in three stages, the middle one slow: where does the work pile up?
//
//	produce --raw--> store, store, ... --stored--> main
//
// The channels have room for a few items, so no stage has to wait for the next
// one at once. When a stage cannot keep up, its channel fills, and its senders
// wait: this is back pressure, for free.
//
// What to look for: with few writers the producers wait in "chan send". Start
// more writers, until they are faster than the producers. Then the writers wait in
// "chan receive".
//
// Arguments: producers, writers.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

enum { Room = 16, BlockBytes = 4096 };

typedef struct Block {
	uint32_t hash;
	uint8_t data[BlockBytes];
} Block;

static GoChan *raw, *stored;

static void
produce(void *arg)
{
	uint32_t seed = (uint32_t)(intptr_t)arg;

	for (;;) {
		Block *block = malloc(sizeof *block);

		for (int i = 0; i < BlockBytes; i++) {
			seed = seed * 1664525 + 1013904223;
			block->data[i] = (uint8_t)(seed >> 24);
		}
		go_chan_send(raw, &block);
	}
}

static void
store(void *arg)
{
	Block *block;

	(void)arg;
	while (go_chan_recv(raw, &block)) {
		uint32_t hash = 2166136261;

		for (int i = 0; i < BlockBytes; i++)
			hash = (hash ^ block->data[i]) * 16777619;
		block->hash = hash;
		go_sleep(2 * GO_MILLISECOND); // the disk is slow
		go_chan_send(stored, &block);
	}
}

int
main(int argc, char **argv)
{
	int producers = argc > 1 ? atoi(argv[1]) : 6;
	int writers = argc > 2 ? atoi(argv[2]) : 3;
	int64_t start = go_nanotime();
	uint32_t sum = 0;

	raw = go_chan_make(sizeof(Block *), Room);
	stored = go_chan_make(sizeof(Block *), Room);
	for (int i = 0; i < producers; i++)
		go(produce, (void *)(intptr_t)i);
	for (int i = 0; i < writers; i++)
		go(store, NULL);
	for (int n = 1;; n++) {
		Block *block;

		go_chan_recv(stored, &block);
		sum ^= block->hash;
		free(block);
		if (n % 1000 == 0) {
			double seconds = (double)(go_nanotime() - start) / GO_SECOND;

			printf("%d blocks, %d a second, %08x; %zu raw, %zu stored\n", n,
			       (int)(n / seconds), sum, go_chan_len(raw), go_chan_len(stored));
		}
	}
}
