// As long as somebody sleeps, or a timer is pending, it is no deadlock; afterwards it is.

#include <stdio.h>
#include <worldsema.h>

static void
fires(void *unused)
{
	(void)unused;
	fprintf(stderr, "fired\n");
}

static void
sleeps(void *unused)
{
	(void)unused;
	go_sleep(20 * GO_MILLISECOND);
	fprintf(stderr, "slept\n");
	go_timer_start(20 * GO_MILLISECOND, 0, fires, NULL);
}

int
main(void)
{
	go(sleeps, NULL);
	go_chan_recv(NULL, NULL);
	return 0;
}
