// A leak of goroutines, as it is found in real servers.
//
// Every request asks a slow backend in a goroutine of its own and waits for the
// answer, but not for ever. When the time is over, nobody receives the late
// answer, and its sender waits until the end of the program. Every request that
// is given up leaks one goroutine.
//
// What to look for: turn on "every second". One group grows and grows, and it
// names the line. The cure is one character: room for one answer in the channel.
// Then the sender need not wait for a receiver.
//
// Arguments: requests a second, patience in milliseconds.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

typedef struct Request {
	GoChan *answer;
	uint32_t number;
} Request;

static int64_t patience;

static void
ask_backend(void *arg)
{
	Request *r = arg;
	int answer = 42;
	uint32_t ms = r->number * 2654435761u % 100; // answers take 0 to 99 ms

	go_sleep(ms * GO_MILLISECOND);
	go_chan_send(r->answer, &answer); // senders of late answers stay here
}

static void
serve(void *arg)
{
	Request *r = arg;
	GoChan *late = go_after(patience);
	GoCase cases[] = {
		{.chan = r->answer, .dir = GO_RECV},
		{.chan = late, .dir = GO_RECV},
	};

	if (go_select(cases, 2, true) == 1) {
		printf("request %u: no answer, gave up\n", r->number);
		go_chan_free(late);
		return;
	}
	go_chan_free(r->answer);
	free(r);
}

int
main(int argc, char **argv)
{
	int rate = argc > 1 ? atoi(argv[1]) : 200;
	GoTicker *t = go_ticker_start(GO_SECOND / rate);

	patience = (argc > 2 ? atoi(argv[2]) : 70) * GO_MILLISECOND;
	for (uint32_t number = 1;; number++) {
		Request *r = malloc(sizeof *r);

		go_chan_recv(go_ticker_chan(t), NULL);
		r->number = number;
		r->answer = go_chan_make(sizeof(int), 0); // the cure: a 1 for the 0
		go(ask_backend, r);
		go(serve, r);
	}
}
