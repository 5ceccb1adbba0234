// A token goes round a ring of many goroutines, at first unhindered, then many tokens at once.

#include "check.h"

typedef struct Station Station;
struct Station {
	GoChan *in, *out;
};

// Adds one to the token on its way; ends, and makes the next one end, when the ring closes.
static void
station(void *arg)
{
	Station s = *(Station *)arg;
	int64_t token;

	while (go_chan_recv(s.in, &token)) {
		token++;
		go_chan_send(s.out, &token);
	}
	go_chan_close(s.out);
}

int
main(void)
{
	enum { Max = 10000 };
	int n = many(2000, Max), laps = many(5, 20);
	static Station stations[Max];
	GoChan *first = go_chan_make(sizeof(int64_t), 0), *last = first;
	int64_t token = 0, sum = 0;

	for (int i = 0; i < n; i++) {
		stations[i] = (Station){last, go_chan_make(sizeof(int64_t), 0)};
		last = stations[i].out;
		go_with_stack(station, &stations[i], 2048);
	}
	check(go_num_goroutine() == n + 1);
	for (int lap = 0; lap < laps; lap++) {
		go_chan_send(first, &token);
		go_chan_recv(last, &token);
	}
	check(token == (int64_t)laps * n);
	printf("one token\n");

	for (int i = 0; i < 100; i++) {
		token = 1000000 * i;
		go_chan_send(first, &token);
	}
	for (int i = 0; i < 100; i++) {
		check(go_chan_recv(last, &token));
		check(token == 1000000 * i + n);
		sum += token;
	}
	check(sum == INT64_C(4950000000) + 100 * n);
	printf("a hundred tokens\n");

	go_chan_close(first);
	check(!go_chan_recv(last, &token));
	until(go_num_goroutine() == 1);
	printf("all gone\n");
	return 0;
}
