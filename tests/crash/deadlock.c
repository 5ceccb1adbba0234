// No goroutine can ever go on, each for another reason. The dump shows them all.

#include <worldsema.h>

static GoChan *c;
static GoMutex mu;
static GoWaitGroup wg;

static void
receives(void *unused)
{
	(void)unused;
	go_chan_recv(c, NULL);
}

static void
locks(void *unused)
{
	(void)unused;
	go_mutex_lock(&mu);
}

static void
selects(void *unused)
{
	(void)unused;
	go_select(NULL, 0, true);
}

int
main(void)
{
	c = go_chan_make(0, 0);
	go_mutex_lock(&mu);
	go_waitgroup_add(&wg, 1);
	go(receives, NULL);
	go(locks, NULL);
	go(selects, NULL);
	go_waitgroup_wait(&wg);
	return 0;
}
