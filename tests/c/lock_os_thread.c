// A goroutine bound to its worker runs only there, and no other goroutine runs there.
// workers: there is one thread for all

#include "check.h"
#include "worker.h"

static GoWaitGroup wg;
static int rounds;
static int bound_to[4];
static bool is_bound[4];

static void
bound(void *arg)
{
	int id = (int)(intptr_t)arg;

	go_lock_os_thread();
	bound_to[id] = this_worker();
	__atomic_store_n(&is_bound[id], true, __ATOMIC_SEQ_CST);
	for (int i = 0; i < rounds; i++) {
		go_gosched();
		check(this_worker() == bound_to[id]);
		if (i % 20 == 0)
			go_sleep(10 * GO_MICROSECOND);
		check(this_worker() == bound_to[id]);
	}
	__atomic_store_n(&is_bound[id], false, __ATOMIC_SEQ_CST);
	if (id % 2 == 0) // the others end while they are bound
		go_unlock_os_thread();
	go_waitgroup_done(&wg);
}

static void
stranger(void *unused)
{
	(void)unused;
	for (int i = 0; i < rounds; i++) {
		bool before[4], clash;
		int me;

		for (int k = 0; k < 4; k++)
			before[k] = __atomic_load_n(&is_bound[k], __ATOMIC_SEQ_CST);
		me = this_worker();
		clash = false;
		for (int k = 0; k < 4; k++)
			if (before[k] && __atomic_load_n(&is_bound[k], __ATOMIC_SEQ_CST))
				clash |= me == bound_to[k];
		check(!clash);
		go_gosched();
	}
	go_waitgroup_done(&wg);
}

// --- bound goroutines talk to others, and to each other ---

static GoChan *ping, *pong;

static void
echo(void *arg)
{
	int v;

	if (arg)
		go_lock_os_thread();
	while (go_chan_recv(ping, &v)) {
		v++;
		go_chan_send(pong, &v);
	}
	go_waitgroup_done(&wg);
}

static void
talk(bool bind)
{
	int v = 0;

	ping = go_chan_make(sizeof(int), 0);
	pong = go_chan_make(sizeof(int), 0);
	go_waitgroup_add(&wg, 1);
	go(echo, bind ? "bound" : NULL);
	for (int i = 0; i < rounds; i++) {
		go_chan_send(ping, &v);
		go_chan_recv(pong, &v);
	}
	check(v == rounds);
	go_chan_close(ping);
	go_waitgroup_wait(&wg);
}

int
main(void)
{
	char text[8192];

	rounds = many(200, 3000);
	go_waitgroup_add(&wg, 8);
	for (intptr_t i = 0; i < 4; i++)
		go(bound, (void *)i);
	for (int i = 0; i < 4; i++)
		go(stranger, NULL);
	go_waitgroup_wait(&wg);
	printf("bound\n");

	go_lock_os_thread();
	go_lock_os_thread();
	talk(false);
	talk(true);
	text[go_stack(text, sizeof text - 1, false)] = 0;
	check(strstr(text, "goroutine 1 [running, locked to thread]:") != NULL);
	go_unlock_os_thread();
	text[go_stack(text, sizeof text - 1, false)] = 0;
	check(strstr(text, "locked to thread") != NULL); // as often as it was bound
	go_unlock_os_thread();
	text[go_stack(text, sizeof text - 1, false)] = 0;
	check(!strstr(text, "locked to thread"));
	go_unlock_os_thread(); // once more does nothing
	talk(true);
	printf("main was bound\n");
	return 0;
}
