// Three goroutines that nobody can ever wake, and one that main could.

#include <stdio.h>
#include <worldsema.h>

static GoChan *volatile mine;

static void
lost(void *arg)
{
	go_chan_recv(arg, NULL);
}

static void
lose(void *arg)
{
	GoChan *never = go_chan_make(0, 0);

	(void)arg;
	go_set_label("a loser");
	for (int i = 0; i < 3; i++)
		go(lost, never);
}

int
main(void)
{
	mine = go_chan_make(0, 0);
	go(lost, mine);
	go(lose, NULL);
	while (go_num_goroutine() != 5)
		go_gosched();
	printf("made\n");
	fflush(stdout);
	go_sleep(3600 * GO_SECOND);
	return 0;
}
