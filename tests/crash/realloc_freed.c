// realloc of what was freed, in a goroutine.

#include <stdlib.h>
#include <worldsema.h>

static void
run(void *arg)
{
	void *volatile p = malloc(5000);

	free(p);
	p = realloc(p, 6000);
}

int
main(void)
{
	GoChan *never = go_chan_make(0, 0);

	go(run, NULL);
	go_chan_recv(never, NULL);
	return 0;
}
