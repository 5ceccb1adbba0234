// procs: 2 8
// Several goroutines want to stop the world at once. They take turns. In the dump of one, the
// others wait for the semaphore, in go_stack.

#include "check.h"

static int seen;
static GoWaitGroup wg;

static void
dumper(void *unused)
{
	size_t room = 1 << 16;
	char *text = malloc(room);

	(void)unused;
	while (!__atomic_load_n(&seen, __ATOMIC_SEQ_CST)) {
		char *waits;
		size_t n = go_stack(text, room - 1, true);

		text[n] = 0;
		check(n < room - 1);
		check(strstr(text, " [running]:\ndumper(...)\n") != NULL);
		waits = strstr(text, "[semacquire]:\n");
		if (waits) {
			check(strncmp(waits, "[semacquire]:\ndumper(...)\n", 26) == 0);
			__atomic_store_n(&seen, 1, __ATOMIC_SEQ_CST);
		}
	}
	free(text);
	go_waitgroup_done(&wg);
}

int
main(void)
{
	if (go_max_procs(0) < 2)
		go_max_procs(2); // who holds the semaphore is never interrupted
	go_waitgroup_add(&wg, 4);
	for (int i = 0; i < 4; i++)
		go_with_stack(dumper, NULL, 16384);
	go_waitgroup_wait(&wg);
	printf("the loser waits\n");
	return 0;
}
