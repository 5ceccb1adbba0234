// A panic: somebody closes a channel while others still send into it.
//
// The rule is that only the sender closes. Here one of several senders closes
// the channel when it is done, as if it were the only sender. The next sender
// panics. go_protect could catch the panic, but no code here does. So the panic
// ends the program, which prints the panic's text and every stack.
//
// What to look for: the first goroutine of the dump is the one that panicked.
//
// Arguments: senders.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

static GoChan *news;

static void
report(void *arg)
{
	int me = (int)(intptr_t)arg;

	for (int n = 0; n < 10 * (me + 1); n++) {
		go_sleep((100 + 20 * me) * GO_MILLISECOND);
		go_chan_send(news, &me);
	}
	go_chan_close(news); // the mistake: the others still send
}

int
main(int argc, char **argv)
{
	int senders = argc > 1 ? atoi(argv[1]) : 6;
	int from;

	news = go_chan_make(sizeof(int), 0);
	for (int i = 0; i < senders; i++)
		go(report, (void *)(intptr_t)i);
	while (go_chan_recv(news, &from))
		printf("news from reporter %d\n", from);
	printf("no more news\n");
	go_sleep(GO_SECOND); // the others do not know yet
	return 0;
}
