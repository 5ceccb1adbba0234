// Ids: main is 1, each goroutine has its own, none is used again, and each goroutine knows its own.

#include "check.h"

enum { Rounds = 20, Each = 200 };

static uint64_t seen[Rounds * Each];
static int nseen;

static void
tell(void *arg)
{
	uint64_t id = go_id(), *mine = arg;

	*mine = id;
	go_gosched();
	check(go_id() == id);
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int
main(void)
{
	uint64_t most = 1;

	check(go_id() == 1);
	check(go_num_goroutine() == 1);
	for (int round = 0; round < Rounds; round++) {
		uint64_t first = most;

		for (int i = 0; i < Each; i++)
			go(tell, &seen[nseen++]);
		check(go_num_goroutine() <= Each + 1);
		until(go_num_goroutine() == 1);
		for (int i = nseen - Each; i < nseen; i++)
			if (seen[i] > most)
				most = seen[i];
		check(most > first);
	}
	qsort(seen, Rounds * Each, sizeof *seen, compare);
	check(seen[0] > 1);
	for (int i = 1; i < nseen; i++)
		check(seen[i] != seen[i - 1]);
	check(go_id() == 1);
	printf("%d different ids\n", nseen);
	return 0;
}
