// Semaphores, mutexes, wait groups, once and conditions, with many goroutines at once.

#include "check.h"

typedef struct Shared Shared;
struct Shared {
	GoMutex m;
	GoRWMutex rw;
	GoWaitGroup done;
	GoCond cond;
	GoOnce once;
	int rounds;
	int counter; // plain on purpose: the lock under test protects it
	int other;
	uint32_t sema;
};

static void
start(GoFunc fn, Shared *s, int n)
{
	go_waitgroup_add(&s->done, n);
	for (int i = 0; i < n; i++)
		go(fn, s);
}

// --- mutex ---

static void
count_locked(void *arg)
{
	Shared *s = arg;

	for (int i = 0; i < s->rounds; i++) {
		if (i % 7 == 3 && !go_mutex_trylock(&s->m)) {
			i--;
			go_gosched();
			continue;
		}
		if (i % 7 != 3)
			go_mutex_lock(&s->m);
		s->counter++;
		if (i % 16 == 0)
			go_gosched(); // with the mutex held, so that others must sleep
		go_mutex_unlock(&s->m);
	}
	go_waitgroup_done(&s->done);
}

static void
mutex_counts(void)
{
	Shared s = {.rounds = scaled(1000)};

	start(count_locked, &s, 10);
	go_waitgroup_wait(&s.done);
	CHECK(s.counter == 10 * s.rounds);
	CHECK(s.m.state == 0 && s.m.sema == 0);
	CHECK(go_mutex_trylock(&s.m));
	CHECK(!go_mutex_trylock(&s.m));
	go_mutex_unlock(&s.m);
}

// One holds the mutex most of the time and takes it again at once. The other must get it all the
// same, soon: after a millisecond it is handed over.
static void
greedy(void *arg)
{
	Shared *s = arg;
	bool stop = false;

	while (!stop) {
		int64_t until = go_nanotime() + GO_MILLISECOND / 10;

		go_mutex_lock(&s->m);
		while (go_nanotime() < until)
			go_gosched();
		stop = s->counter;
		go_mutex_unlock(&s->m);
	}
	go_waitgroup_done(&s->done);
}

static void
mutex_is_fair(void)
{
	Shared s = {.rounds = 1};

	start(greedy, &s, 2);
	for (int i = 0; i < 10; i++) {
		go_sleep(GO_MILLISECOND / 10);
		go_mutex_lock(&s.m);
		go_mutex_unlock(&s.m);
	}
	go_mutex_lock(&s.m);
	s.counter = 1;
	go_mutex_unlock(&s.m);
	go_waitgroup_wait(&s.done);
}

// --- reader-writer mutex ---

static void
read_or_write(void *arg)
{
	Shared *s = arg;

	for (int i = 0; i < s->rounds; i++) {
		if (i % 10 == 0) {
			go_rwmutex_lock(&s->rw);
			s->counter++;
			if (i % 20 == 0)
				go_gosched();
			s->other++;
			go_rwmutex_unlock(&s->rw);
		} else {
			int seen;

			go_rwmutex_rlock(&s->rw);
			seen = s->counter;
			if (i % 16 == 1)
				go_gosched();
			CHECK(seen == s->counter && seen == s->other);
			go_rwmutex_runlock(&s->rw);
		}
	}
	go_waitgroup_done(&s->done);
}

static void
rwmutex(void)
{
	Shared s = {.rounds = scaled(1000)};

	start(read_or_write, &s, 12);
	go_waitgroup_wait(&s.done);
	CHECK(s.counter == 12 * s.rounds / 10);
}

// --- semaphores: many waiters on one address and on many ---

enum { Semas = 3000 };

typedef struct Sem Sem;
struct Sem {
	uint32_t *sema;
	Shared *s;
};

static void
acquire_one(void *arg)
{
	Sem *x = arg;

	go_semacquire(x->sema);
	go_waitgroup_done(&x->s->done);
}

static void
semas_apart(void)
{
	static uint32_t words[Semas * 502]; // each 502nd is of one root
	static Sem arg[Semas];
	Shared s = {.rounds = 0};
	uint32_t seed = 1;
	int n = getenv("WORLDSEMA_FEW") ? 500 : Semas;

	go_waitgroup_add(&s.done, 2 * n);
	for (int i = 0; i < n; i++)
		arg[i] = (Sem){&words[i * 502], &s};
	for (int i = 0; i < 2 * n; i++)
		go(acquire_one, &arg[i % n]);
	for (int i = 0; i < 3; i++)
		go_gosched();
	for (int k = 0; k < 2; k++)
		for (int i = 0, at = (int)(next_random(&seed) % (uint32_t)n); i < n; i++)
			go_semrelease(arg[(at + i * 7919) % n].sema);
	go_waitgroup_wait(&s.done);
	for (int i = 0; i < n; i++)
		CHECK(*arg[i].sema == 0);
}

static void
pass_sema(void *arg)
{
	Shared *s = arg;

	for (int i = 0; i < s->rounds; i++) {
		go_semacquire(&s->sema);
		s->counter++;
		go_semrelease(&s->sema);
	}
	go_waitgroup_done(&s->done);
}

static void
sema_one(void)
{
	Shared s = {.rounds = scaled(100), .sema = 1};

	start(pass_sema, &s, 300);
	go_waitgroup_wait(&s.done);
	CHECK(s.counter == 300 * s.rounds && s.sema == 1);
}

// --- wait group ---

static void
done_one(void *arg)
{
	go_waitgroup_done(&((Shared *)arg)->done);
}

static void
wait_too(void *arg)
{
	Shared *s = arg;

	go_waitgroup_wait(&s->done);
	go_semrelease(&s->sema);
}

static void
waitgroup(void)
{
	for (int i = 0; i < scaled(200); i++) {
		Shared s = {.rounds = 0};

		start(done_one, &s, 5);
		for (int k = 0; k < 3; k++)
			go(wait_too, &s);
		go_waitgroup_wait(&s.done);
		for (int k = 0; k < 3; k++)
			go_semacquire(&s.sema);
	}
}

static void
below_zero(void *arg)
{
	go_waitgroup_done(arg);
}

static void
waitgroup_misuse(void)
{
	GoWaitGroup wg = {0};
	const char *text = go_protect(below_zero, &wg);

	CHECK(text && strcmp(text, "sync: negative WaitGroup counter") == 0);
}

// --- once ---

static void
slow_once(void *arg)
{
	Shared *s = arg;

	for (int i = 0; i < 20; i++)
		go_gosched();
	s->counter++;
}

static void
do_once(void *arg)
{
	Shared *s = arg;

	go_once_do(&s->once, slow_once, s);
	CHECK(s->counter == 1); // whoever comes meanwhile has waited
	go_waitgroup_done(&s->done);
}

static void
give_up(void *arg)
{
	(void)arg;
	go_panic("gave up");
}

static void
defer_and_give_up(void *arg)
{
	go_defer(done_one, arg);
	give_up(NULL);
}

static void
do_once_badly(void *arg)
{
	go_once_do(&((Shared *)arg)->once, defer_and_give_up, arg);
}

static void
exit_once(void *arg)
{
	go_defer(done_one, arg);
	go_exit();
}

static void
leave_once(void *arg)
{
	Shared *s = arg;

	go_once_do(&s->once, exit_once, s);
}

static void
defer_in_once(void *arg)
{
	go_defer(done_one, arg);
}

static void
defer_once(void *arg)
{
	Shared *s = arg;

	go_once_do(&s->once, defer_in_once, s);
	go_once_do(&s->once, give_up, s);
}

static void
once(void)
{
	Shared s = {0}, bad = {0}, left = {0}, deferring = {0};
	const char *text;

	start(do_once, &s, 20);
	go_waitgroup_wait(&s.done);

	go_waitgroup_add(&bad.done, 1);
	text = go_protect(do_once_badly, &bad);
	CHECK(text && strcmp(text, "gave up") == 0);
	go_waitgroup_wait(&bad.done);
	go_once_do(&bad.once, give_up, NULL); // counts as done

	start(leave_once, &left, 1);
	go_waitgroup_wait(&left.done);
	go_once_do(&left.once, give_up, NULL);

	start(defer_once, &deferring, 1);
	go_waitgroup_wait(&deferring.done);
}

// --- condition ---

typedef struct Queue Queue;
struct Queue {
	GoMutex m;
	GoCond nonempty, nonfull;
	int items, room, taken;
	GoWaitGroup done;
	int rounds;
};

static void
put_items(void *arg)
{
	Queue *q = arg;

	for (int i = 0; i < q->rounds; i++) {
		go_mutex_lock(&q->m);
		while (q->items == q->room)
			go_cond_wait(&q->nonfull);
		q->items++;
		go_cond_signal(&q->nonempty);
		go_mutex_unlock(&q->m);
	}
	go_waitgroup_done(&q->done);
}

static void
take_items(void *arg)
{
	Queue *q = arg;

	for (int i = 0; i < q->rounds; i++) {
		go_mutex_lock(&q->m);
		while (q->items == 0)
			go_cond_wait(&q->nonempty);
		q->items--;
		q->taken++;
		go_cond_signal(&q->nonfull);
		go_mutex_unlock(&q->m);
	}
	go_waitgroup_done(&q->done);
}

static void
cond_queue(void)
{
	Queue q = {.room = 3, .rounds = scaled(500)};

	q.nonempty.l = q.nonfull.l = &q.m;
	go_waitgroup_add(&q.done, 8);
	for (int i = 0; i < 8; i++)
		go(i % 2 ? put_items : take_items, &q);
	go_waitgroup_wait(&q.done);
	CHECK(q.taken == 4 * q.rounds && q.items == 0);
	CHECK(!q.nonempty.head && !q.nonempty.tail);
}

static void
wait_for_all(void *arg)
{
	Shared *s = arg;

	go_mutex_lock(&s->m);
	s->counter++;
	while (s->other == 0)
		go_cond_wait(&s->cond);
	go_mutex_unlock(&s->m);
	go_waitgroup_done(&s->done);
}

static void
cond_broadcast(void)
{
	Shared s = {0};
	int there = 0, n = scaled(100);

	s.cond.l = &s.m;
	start(wait_for_all, &s, n);
	while (there < n) {
		go_gosched();
		go_mutex_lock(&s.m);
		there = s.counter;
		go_mutex_unlock(&s.m);
	}
	go_mutex_lock(&s.m);
	s.other = 1;
	go_cond_broadcast(&s.cond);
	go_mutex_unlock(&s.m);
	go_waitgroup_wait(&s.done);
	go_cond_signal(&s.cond); // nobody there
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {
		TEST(mutex_counts), TEST(mutex_is_fair),  TEST(rwmutex),          TEST(semas_apart),
		TEST(sema_one),     TEST(waitgroup),      TEST(waitgroup_misuse), TEST(once),
		TEST(cond_queue),   TEST(cond_broadcast),
	};

	return RUN_TESTS(tests);
}
