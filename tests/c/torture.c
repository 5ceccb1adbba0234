// Everything at once, at random: channels, selects with timeouts, locks, timers, panics, exits,
// bound goroutines, blocked workers, dumps, profiles, GOMAXPROCS. No goroutine gets lost, and every
// value that was sent is received.

#include "check.h"

enum { Workers = 40, Shared = 6, Things = 15 };

typedef struct Worker Worker;
struct Worker {
	uint32_t random;
	int left;     // things still to do
	int64_t sent; // sum of what it sent, less what it received
};

static GoChan *chans[Shared];
static GoMutex mutexes[Shared];
static GoRWMutex rw;
static int64_t guarded[Shared], fired;
static GoWaitGroup wg, kids;
static uint32_t sema = 2;
static int counts[Things];

static uint32_t
next(Worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return w->random;
}

static void
count_it(void *n)
{
	__atomic_add_fetch((int64_t *)n, 1, __ATOMIC_SEQ_CST);
}

static void
kid(void *arg)
{
	go_defer((GoFunc)(void *)go_waitgroup_done, &kids);
	if ((intptr_t)arg % 3 == 0)
		go_exit();
	if ((intptr_t)arg % 3 == 1)
		go_sleep((intptr_t)arg * GO_MICROSECOND);
}

static void
panics(void *arg)
{
	Worker *w = arg;

	go_defer(count_it, &fired);
	if (next(w) % 2 == 0)
		go_gosched();
	go_panic("torture");
}

// Sends or receives, whichever is possible first, or gives up after a while.
static void
meet(Worker *w, int64_t patience)
{
	int64_t out = next(w) % 1000, in = 0;
	GoChan *late = go_after(patience);
	GoCase cases[] = {
		{chans[next(w) % Shared], GO_SEND, &out, false},
		{chans[next(w) % Shared], GO_RECV, &in, false},
		{late, GO_RECV, NULL, false},
	};
	int i = go_select(cases, 3, true);

	if (i == 0)
		w->sent += out;
	if (i == 1)
		w->sent -= in;
	go_chan_free(late);
}

static void
try_it(Worker *w)
{
	int64_t v = next(w) % 1000;
	bool ok;

	if (next(w) % 2 == 0) {
		if (go_chan_try_send(chans[next(w) % Shared], &v))
			w->sent += v;
	} else if (go_chan_try_recv(chans[next(w) % Shared], &v, &ok)) {
		check(ok);
		w->sent -= v;
	}
}

static void
lock_it(Worker *w)
{
	uint32_t i = next(w) % Shared;

	go_mutex_lock(&mutexes[i]);
	guarded[i]++;
	if (next(w) % 4 == 0)
		go_gosched();
	go_mutex_unlock(&mutexes[i]);
	if (next(w) % 4 == 0) {
		go_rwmutex_lock(&rw);
		go_rwmutex_unlock(&rw);
	} else {
		go_rwmutex_rlock(&rw);
		go_gosched();
		go_rwmutex_runlock(&rw);
	}
}

static void
bind(Worker *w)
{
	go_lock_os_thread();
	for (uint32_t i = next(w) % 3; i > 0; i--)
		go_gosched();
	if (next(w) % 2 == 0)
		meet(w, 20 * GO_MICROSECOND);
	go_unlock_os_thread();
}

static void
block(Worker *w)
{
	uint32_t spins = next(w) % 20000;

	go_entersyscall();
	for (volatile uint32_t i = 0; i < spins; i++)
		;
	go_exitsyscall();
}

static void
look(Worker *w)
{
	enum { Room = 4096 };
	char *text = malloc(Room);
	uintptr_t pcs[40];
	GoStackRecord *records = malloc(200 * sizeof *records);
	size_t n = go_stack(text, Room, next(w) % 4 == 0);

	check(n > 20 && n <= Room && memcmp(text, "goroutine ", 10) == 0);
	check(go_callers(0, pcs, 40) > 0);
	if (next(w) % 4 == 0)
		check(go_goroutine_profile(records, 200, &n) == (n <= 200));
	free(records);
	free(text);
}

static void
use_timer(Worker *w)
{
	GoTimer *t = go_timer_start(next(w) % 100 * GO_MICROSECOND, 0, count_it, &fired);

	if (next(w) % 2 == 0)
		go_gosched();
	if (next(w) % 2 == 0)
		go_timer_reset(t, next(w) % 100 * GO_MICROSECOND);
	if (next(w) % 2 == 0)
		go_timer_stop(t);
	go_timer_free(t);
}

static void
compute(Worker *w)
{
	for (volatile uint32_t i = next(w) % 50000; i > 0; i--)
		;
}

static void
limited(void)
{
	go_semacquire(&sema);
	go_gosched();
	go_semrelease(&sema);
}

static void
one_thing(Worker *w)
{
	uint32_t what = next(w) % Things;

	__atomic_add_fetch(&counts[what], 1, __ATOMIC_RELAXED);
	switch (what) {
	case 0:
		meet(w, 50 * GO_MICROSECOND);
		break;
	case 1:
		meet(w, 0);
		break;
	case 2:
		try_it(w);
		break;
	case 3:
		lock_it(w);
		break;
	case 4:
		bind(w);
		break;
	case 5:
		block(w);
		break;
	case 6:
		look(w);
		break;
	case 7:
		use_timer(w);
		break;
	case 8:
		compute(w);
		break;
	case 9:
		limited();
		break;
	case 10:
		check_panic(panics, w, "torture");
		break;
	case 11:
		go_waitgroup_add(&kids, 1);
		go_with_stack(kid, (void *)(intptr_t)(next(w) % 50), 1024u << next(w) % 4);
		break;
	case 12:
		go_sleep(next(w) % 50 * GO_MICROSECOND);
		break;
	case 13:
		go_max_procs(1 + (int)(next(w) % 6));
		break;
	case 14:
		go_gosched();
		break;
	}
}

static void
work(void *arg)
{
	Worker *w = arg;

	while (w->left-- > 0)
		one_thing(w);
	go_waitgroup_done(&wg);
}

int
main(void)
{
	static Worker workers[Workers];
	int each = many(60, 5000);
	int64_t sum = 0, v, n = 0;

	for (int i = 0; i < Shared; i++)
		chans[i] = go_chan_make(sizeof(int64_t), i);
	go_waitgroup_add(&wg, Workers);
	for (int i = 0; i < Workers; i++) {
		workers[i] = (Worker){((uint32_t)i + 1) * 2654435761u, each, 0};
		go_with_stack(work, &workers[i], 16384);
	}
	go_waitgroup_wait(&wg);
	go_waitgroup_wait(&kids);
	until(go_num_goroutine() == 1); // timers that fired run a moment longer
	for (int i = 0; i < Workers; i++)
		sum += workers[i].sent;
	for (int i = 0; i < Shared; i++) {
		while (go_chan_try_recv(chans[i], &v, NULL))
			sum -= v;
		n += guarded[i];
		check(mutexes[i].state == 0);
	}
	check(sum == 0);
	check(n == counts[3]);
	check(sema == 2);
	for (int i = 0; i < Things; i++)
		check(counts[i] > 0);
	printf("survived\n");
	return 0;
}
