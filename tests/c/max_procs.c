// GOMAXPROCS changes while everybody works; the results stay exact. The old number is returned,
// less than 1 only asks.
// workers: GOMAXPROCS stays 1

#include "check.h"

static bool stop;
static int64_t work[8];
static GoWaitGroup wg;
static GoChan *tokens;

static void
compute(void *arg)
{
	int64_t *mine = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST))
		++*mine;
	go_waitgroup_done(&wg);
}

static void
talk(void *unused)
{
	int v;

	(void)unused;
	while (go_chan_recv(tokens, &v))
		if (v > 0) {
			v--;
			go_chan_send(tokens, &v);
		} else {
			go_waitgroup_done(&wg);
		}
}

int
main(void)
{
	static const int ps[] = {1, 2, 8, 3, 1, 7, 2, 16, 1, 4, 256, 2};
	int old = go_max_procs(0), v = many(2000, 20000);

	check(old >= 1);
	check(go_max_procs(-1) == old && go_max_procs(0) == old);
	check(go_num_cpu() >= 1);
	tokens = go_chan_make(sizeof(int), 3);
	for (int i = 0; i < 6; i++)
		go(talk, NULL);
	go_waitgroup_add(&wg, 3 + 4);
	for (int i = 0; i < 3; i++)
		go_chan_send(tokens, &v);
	for (int i = 0; i < 4; i++)
		go(compute, &work[i]);
	for (int round = 0; round < many(3, 20); round++)
		for (size_t i = 0; i < sizeof ps / sizeof *ps; i++) {
			check(go_max_procs(ps[i]) == old);
			check(go_max_procs(0) == ps[i]);
			old = ps[i];
			go_gosched();
		}
	check(go_max_procs(1000) == old);
	check(go_max_procs(2) == 256); // the most there may be
	for (int i = 0; i < 4; i++)
		until(__atomic_load_n(&work[i], __ATOMIC_SEQ_CST) > 0);
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	go_waitgroup_wait(&wg);
	go_chan_close(tokens);
	until(go_num_goroutine() == 1);
	printf("changed\n");
	return 0;
}
