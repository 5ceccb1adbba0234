// procs: 1 2 8
// Goroutines that move between workers all the time keep everything they have: integers, floating
// point, arrays and structs on the stack, addresses of locals, at several depths. One of them is
// seen on as many workers as there are Ps.

#include "check.h"
#include "worker.h"

enum { Goroutines = 40, MaxThreads = 600 };

typedef struct State State;
struct State {
	uint64_t a;
	int32_t b;
	double x;
	float y;
	uint8_t bytes[13];
};

static int threads[MaxThreads];
static int nthreads, rounds, wanted;
static GoMutex mu;
static bool enough;
static GoChan *c;
static GoWaitGroup wg;

// Which worker this is, from 0.
__attribute__((noinline)) static int
here(void)
{
	int me = this_worker();
	int i = 0;

	go_mutex_lock(&mu);
	while (i < nthreads && threads[i] != me)
		i++;
	if (i == nthreads)
		threads[nthreads++] = me;
	go_mutex_unlock(&mu);
	return i;
}

static uint64_t
mix(uint64_t v)
{
	v ^= v << 13;
	v ^= v >> 7;
	return v ^ v << 17;
}

// One more way to lose the worker each time.
static void
leave(uint64_t how)
{
	int v = (int)how;

	switch (how % 5) {
	case 0:
		go_gosched();
		break;
	case 1:
		go_sleep(1);
		break;
	case 2:
		if (go_chan_try_send(c, &v))
			break;
		go_gosched();
		break;
	case 3:
		go_chan_try_recv(c, &v, NULL);
		break;
	case 4:
		for (volatile int i = 0; i < 500; i++)
			;
		break;
	}
}

// What a state becomes in one step; without leaving, to be compared with.
static void
step(State *s, int n)
{
	s->a = mix(s->a + (uint64_t)n);
	s->b = (int32_t)(s->b * 1664525 + n);
	s->x = s->x * 0.75 + n;
	s->y = s->y * 0.5f + (float)s->bytes[n % 13];
	s->bytes[n % 13] = (uint8_t)(s->a >> 8);
}

__attribute__((noinline)) static int64_t
descend(State *s, int n, int depth)
{
	State mine = *s;
	int64_t x = n * INT64_C(1000000007);
	double d = n + 0.25;
	float f = (float)n * 0.5f;
	int32_t i = n ^ depth;
	int64_t sum;

	step(&mine, n);
	leave(mine.a);
	sum = depth == 0 ? 0 : descend(&mine, n + 1, depth - 1);
	leave(mine.a >> 3);
	check(x == n * INT64_C(1000000007) && d == n + 0.25 && f == (float)n * 0.5f);
	check(i == (n ^ depth));
	*s = mine;
	return sum + x + (int64_t)(d * 4) + i;
}

static int64_t
descend_in_place(State *s, int n, int depth)
{
	int64_t sum;

	step(s, n);
	sum = depth == 0 ? 0 : descend_in_place(s, n + 1, depth - 1);
	return sum + n * INT64_C(1000000007) + (int64_t)((n + 0.25) * 4) + (n ^ depth);
}

static bool
same(const State *a, const State *b)
{
	return a->a == b->a && a->b == b->b && a->x == b->x && a->y == b->y &&
	       memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static void
traveller(void *arg)
{
	int id = (int)(intptr_t)arg, seen = 0;
	State got = {(uint64_t)id + 1, id, id, (float)id, {0}}, want = got;
	bool been[MaxThreads] = {false};

	for (int n = 0; n < rounds || !__atomic_load_n(&enough, __ATOMIC_SEQ_CST); n++) {
		int at = here(), depth = n % 12;
		int64_t sum;

		if (!been[at])
			been[at] = true, seen++;
		if (seen >= wanted)
			__atomic_store_n(&enough, true, __ATOMIC_SEQ_CST);
		sum = descend(&got, n, depth);
		check(sum == descend_in_place(&want, n, depth));
		check(same(&got, &want));
	}
	go_waitgroup_done(&wg);
}

int
main(void)
{
	rounds = many(100, 1000);
	wanted = go_max_procs(0);
	c = go_chan_make(sizeof(int), 5);
	go_waitgroup_add(&wg, Goroutines);
	for (intptr_t i = 0; i < Goroutines; i++)
		go(traveller, (void *)i);
	go_waitgroup_wait(&wg);
	check(nthreads >= wanted);
	printf("seen everywhere\n");
	return 0;
}
