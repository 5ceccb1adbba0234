// A collection in a program without collected memory does not wait for foreign code.
// alone
// procs: 1 2

#include "check.h"

static volatile bool stop;
void gn_spin(void);

GO_FOREIGN(gn_spin) void gn_spin(void)
{
	while (!stop)
		;
}

static void
spins(void *arg)
{
	gn_spin();
	go_waitgroup_done(arg);
}

int
main(void)
{
	GoWaitGroup wg = {0};

	go_waitgroup_add(&wg, 1);
	go(spins, &wg);
	for (int i = 0; i < 3; i++)
		go_gc();
	stop = true;
	go_waitgroup_wait(&wg);
	printf("ok\n");
	return 0;
}
