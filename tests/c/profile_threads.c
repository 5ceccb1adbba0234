// The thread-creation profile: the same contract; workers never go away.

#include "check.h"

enum { Room = 400, Slots = 32, Mark = 0x5a5a5a5a };

static GoStackRecord records[Room];

static void
nothing(void *unused)
{
	(void)unused;
	for (volatile int i = 0; i < 1000; i++)
		;
}

int
main(void)
{
	size_t n = 0, again = 0;

	memset(records, 0x5a, sizeof records);
	check(!go_thread_create_profile(records, 0, &n));
	check(n >= 2 && n < Room); // main's and the watcher's at least
	check(!go_thread_create_profile(records, 1, &again) && again >= n);
	for (int i = 0; i < Room; i++)
		for (int k = 0; k < Slots; k++)
			check(records[i].pcs[k] == Mark);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 50; i++)
			go(nothing, NULL);
		until(go_num_goroutine() == 1);
		check(go_thread_create_profile(records, Room, &again));
		check(again >= n && again < Room);
		n = again;
		for (size_t i = 0; i < Room; i++) {
			int k = 0;

			while (k < Slots && records[i].pcs[k] != 0 && records[i].pcs[k] != Mark)
				k++;
			check(i < n ? k == Slots || records[i].pcs[k] == 0 : k == 0);
			while (++k < Slots)
				check(records[i].pcs[k] == Mark);
		}
	}
	printf("kept\n");
	return 0;
}
