// Elements of all sizes, at odd addresses too, from 0 bytes to 64 KiB, through buffers, straight
// from sender to receiver both ways, and through select.

#include "check.h"

static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 24, 31, 100, 4096, 65536};

typedef struct Job Job;
struct Job {
	GoChan *c;
	size_t size;
	int how; // 0 send and receive, 1 select
};

static void
fill(unsigned char *p, size_t n, int seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(seed * 31 + (int)i * 7 + (int)(i >> 8));
}

static bool
filled(const unsigned char *p, size_t n, int seed)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != (unsigned char)(seed * 31 + (int)i * 7 + (int)(i >> 8)))
			return false;
	return true;
}

enum { N = 9 };

static void
sender(void *arg)
{
	Job *j = arg;
	unsigned char *buf = malloc(j->size + 2);

	buf[0] = buf[j->size + 1] = 0xee;
	for (int i = 0; i < N; i++) {
		GoCase one = {j->c, GO_SEND, buf + 1, false};

		fill(buf + 1, j->size, i);
		if (j->how == 0)
			go_chan_send(j->c, buf + 1);
		else
			check(go_select(&one, 1, true) == 0);
		check(filled(buf + 1, j->size, i));
	}
	check(buf[0] == 0xee && buf[j->size + 1] == 0xee);
	go_chan_close(j->c);
	free(buf);
}

static void
receive(Job *j)
{
	unsigned char *buf = malloc(j->size + 2);

	buf[0] = buf[j->size + 1] = 0xdd;
	for (int i = 0; i <= N; i++) {
		GoCase one = {j->c, GO_RECV, buf + 1, false};
		bool ok;

		memset(buf + 1, 0x55, j->size);
		if (j->how == 0) {
			ok = go_chan_recv(j->c, buf + 1);
		} else {
			check(go_select(&one, 1, true) == 0);
			ok = one.ok;
		}
		check(ok == (i < N));
		if (ok)
			check(filled(buf + 1, j->size, i));
		else
			for (size_t k = 1; k <= j->size; k++)
				check(buf[k] == 0);
		check(buf[0] == 0xdd && buf[j->size + 1] == 0xdd);
	}
	free(buf);
}

int
main(void)
{
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		for (int mode = 0; mode < 12; mode++) {
			Job j = {go_chan_make(sizes[s], mode % 3), sizes[s], mode / 3 & 1};

			go(sender, &j);
			if (mode >= 6)
				go_gosched(); // mostly the sender is first
			receive(&j);
			until(go_num_goroutine() == 1);
			go_chan_free(j.c);
		}
		printf("%zu\n", sizes[s]);
	}
	return 0;
}
