// procs: 1 2
// Every worker that may exist waits in a callback from foreign code for a goroutine that has none
// to run on.

#include <worldsema.h>

static GoChan *c;

void fw_call(GoFunc f);

GO_FOREIGN(fw_call) void fw_call(GoFunc f)
{
	f(0);
}

static void
callback(void *arg)
{
	(void)arg;
	go_chan_recv(c, 0);
}

static void
waits(void *arg)
{
	(void)arg;
	fw_call(callback);
}

int
main(void)
{
	c = go_chan_make(0, 0);
	for (int i = 0; i < 100; i++)
		go(waits, 0);
	fw_call(callback);
	return 0;
}
