// Many senders, many receivers, one channel: every value arrives once, whatever the buffer.

#include "check.h"

enum { Senders = 20, Receivers = 7 };

typedef struct Job Job;
struct Job {
	GoChan *c, *sums;
	GoWaitGroup *senders;
	int first, n;
	bool select;
};

static void
sender(void *arg)
{
	Job *j = arg;

	for (int v = j->first; v < j->first + j->n; v++) {
		GoCase one[2] = {{j->c, GO_SEND, &v, false}, {NULL, GO_RECV, NULL, false}};

		if (j->select)
			go_select(one, 2, true);
		else
			go_chan_send(j->c, &v);
	}
	go_waitgroup_done(j->senders);
}

static void
receiver(void *arg)
{
	Job *j = arg;
	int64_t got[3] = {0};
	int v;

	while (go_chan_recv(j->c, &v)) {
		got[0]++;
		got[1] += v;
		got[2] ^= (int64_t)v * v;
	}
	go_chan_send(j->sums, got);
}

static void
run(ptrdiff_t cap, int n)
{
	GoWaitGroup wg = {0};
	GoChan *c = go_chan_make(sizeof(int), cap), *sums = go_chan_make(3 * sizeof(int64_t), 0);
	Job jobs[Senders];
	int64_t count = 0, sum = 0, mix = 0, got[3];

	go_waitgroup_add(&wg, Senders);
	for (int i = 0; i < Senders; i++) {
		jobs[i] = (Job){c, sums, &wg, i * n, n, i % 3 == 0};
		go(sender, &jobs[i]);
	}
	for (int i = 0; i < Receivers; i++)
		go(receiver, &jobs[0]);
	go_waitgroup_wait(&wg);
	go_chan_close(c);
	for (int i = 0; i < Receivers; i++) {
		go_chan_recv(sums, got);
		count += got[0];
		sum += got[1];
		mix ^= got[2];
	}
	for (int64_t v = 0; v < (int64_t)Senders * n; v++) {
		count--;
		sum -= v;
		mix ^= v * v;
	}
	printf("buffer %td: %s\n", cap, count == 0 && sum == 0 && mix == 0 ? "exact" : "wrong");
	go_chan_free(c);
	go_chan_free(sums);
}

int
main(void)
{
	int n = many(500, 20000);

	run(0, n);
	run(1, n);
	run(10, n);
	run(1000, n);
	return 0;
}
