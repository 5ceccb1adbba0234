// Contexts end with their parents, by a call or by their deadlines. Groups end at the first error.

#include <errno.h>

#include "check.h"

static bool
closed(GoContext *c)
{
	bool ok = true;

	return go_chan_try_recv(go_context_done(c), NULL, &ok) && !ok;
}

static void
is_over(GoContext *c, int err)
{
	check(go_context_err(c) == err);
	check(closed(c) == (err != 0));
}

// --- the tree ---

static void
from_above(void)
{
	GoContext *root = go_context_make(NULL), *left = go_context_make(root),
		  *right = go_context_make(root), *leaf = go_context_make(left), *late;

	is_over(leaf, 0);
	go_context_cancel(left);
	is_over(left, ECANCELED);
	is_over(leaf, ECANCELED);
	is_over(right, 0);
	is_over(root, 0);
	late = go_context_make(leaf); // over from the start
	is_over(late, ECANCELED);
	go_context_free(left); // leaf and late still need it
	go_context_cancel(root);
	go_context_cancel(root);
	is_over(right, ECANCELED);
	go_context_free(root);
	go_context_free(right);
	go_context_free(late);
	is_over(leaf, ECANCELED);
	go_context_free(leaf);
	go_context_free(NULL);
	printf("from above\n");
}

// A context that nobody uses any more leaves the tree; what is below it does not.
static void
between(void)
{
	GoContext *root = go_context_make(NULL), *middle = go_context_make(root),
		  *leaf = go_context_make(middle);

	go_context_free(middle);
	go_context_cancel(root);
	is_over(leaf, ECANCELED);
	go_context_free(leaf);
	go_context_free(root);
	printf("between\n");
}

static void
deep(void)
{
	enum { Depth = 20000 };
	static GoContext *chain[Depth];

	for (int i = 0; i < Depth; i++)
		chain[i] = go_context_make(i ? chain[i - 1] : NULL);
	go_context_cancel(chain[0]);
	for (int i = 0; i < Depth; i++)
		check(go_context_err(chain[i]) == ECANCELED);
	for (int i = 0; i < Depth; i++)
		go_context_free(chain[i]); // the last one frees all
	printf("deep\n");
}

// --- deadlines ---

static void
deadlines(void)
{
	GoContext *never = go_context_make(NULL), *past, *soon, *below, *far;
	int64_t when = 0, before = go_nanotime();

	check(!go_context_deadline(never, &when));
	past = go_context_with_timeout(never, -1);
	is_over(past, ETIMEDOUT);
	go_context_free(past);
	past = go_context_with_deadline(never, INT64_MIN);
	is_over(past, ETIMEDOUT);
	soon = go_context_with_timeout(never, 2 * GO_MILLISECOND);
	below = go_context_with_timeout(soon, GO_SECOND * 3600); // the earlier one holds
	check(go_context_deadline(below, &when) && when - before < GO_SECOND * 3600);
	check(go_context_sleep(below, GO_SECOND * 3600) == ETIMEDOUT);
	check(go_nanotime() - before >= 2 * GO_MILLISECOND);
	is_over(soon, ETIMEDOUT);
	is_over(never, 0);
	far = go_context_with_deadline(never, INT64_MAX);
	go_context_cancel(far);
	is_over(far, ECANCELED);
	check(go_context_sleep(never, 1) == 0);
	check(go_context_sleep(never, -1) == 0);
	check(go_context_sleep(far, GO_SECOND * 3600) == ECANCELED);
	// Nobody has to wait for the timer of one that is freed.
	go_context_free(go_context_with_timeout(NULL, GO_SECOND * 3600));
	go_context_free(below);
	go_context_free(soon);
	go_context_free(past);
	go_context_free(far);
	go_context_free(never);
	printf("deadlines\n");
}

// --- many goroutines ---

static uint32_t woken;

static void
waits(void *arg)
{
	check(go_context_sleep(arg, GO_SECOND * 3600) == ECANCELED);
	go_context_free(arg);
	__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
}

static void
cancels(void *arg)
{
	go_context_cancel(arg);
	go_context_free(arg);
}

static void
many_at_once(void)
{
	enum { Waiters = 200 };
	int rounds = many(20, 400);

	for (int round = 0; round < rounds; round++) {
		GoContext *root = go_context_make(NULL);

		woken = 0;
		for (int i = 0; i < Waiters; i++) {
			GoContext *c = i % 3 == 0 ? go_context_with_timeout(root, GO_SECOND * 9)
			                          : go_context_make(root);

			go(waits, go_context_ref(c));
			if (i % 7 == 0)
				go(cancels, go_context_ref(c));
			go_context_free(c);
		}
		go(cancels, go_context_ref(root));
		go(cancels, root);
		until(__atomic_load_n(&woken, __ATOMIC_SEQ_CST) == Waiters);
	}
	until(go_num_goroutine() == 1);
	printf("many at once\n");
}

// Deadlines that come while their contexts are canceled and freed.
static void
races(void)
{
	int rounds = many(300, 5000);

	for (int i = 0; i < rounds; i++) {
		GoContext *c = go_context_with_timeout(NULL, i % 5 * 20 * GO_MICROSECOND);

		go(cancels, go_context_ref(c));
		if (i % 2)
			go_gosched();
		go_context_free(c);
	}
	until(go_num_goroutine() == 1);
	printf("races\n");
}

// --- groups ---

static int
fails(GoContext *ctx, void *arg)
{
	(void)ctx;
	go_gosched();
	return (int)(intptr_t)arg;
}

static int
sleeps(GoContext *ctx, void *ended)
{
	int err = go_context_sleep(ctx, GO_SECOND * 3600);

	__atomic_add_fetch((uint32_t *)ended, 1, __ATOMIC_SEQ_CST);
	return err;
}

static int
exits(GoContext *ctx, void *ended)
{
	(void)ctx;
	__atomic_add_fetch((uint32_t *)ended, 1, __ATOMIC_SEQ_CST);
	go_exit();
}

static void
adds(void *ended)
{
	go_gosched();
	__atomic_add_fetch((uint32_t *)ended, 1, __ATOMIC_SEQ_CST);
}

static int
defers(GoContext *ctx, void *ended)
{
	(void)ctx;
	go_defer(adds, ended);
	return 0;
}

static void
groups(void)
{
	uint32_t ended = 0;
	GoContext *parent = go_context_make(NULL);
	GoGroup *g = go_group_make(parent);
	GoContext *ctx = go_context_ref(go_group_context(g));

	check(go_group_wait(g) == 0); // of nobody
	is_over(ctx, ECANCELED);
	go_group_free(g);
	go_context_free(ctx);

	g = go_group_make(parent);
	for (int i = 0; i < 50; i++)
		go_group_go(g, sleeps, &ended);
	go_group_go_at(g, fails, (void *)EIO, 32 << 10, GO_SITE);
	check(go_group_wait(g) == EIO);
	check(ended == 50);
	check(go_context_err(parent) == 0);
	go_group_free(g);

	g = go_group_make(NULL);
	for (int i = 0; i < 10; i++)
		go_group_go(g, i % 2 ? exits : fails, i % 2 ? &ended : NULL);
	check(go_group_wait(g) == 0);
	check(ended == 55);
	go_group_free(g);

	g = go_group_make(NULL);
	for (int i = 0; i < 10; i++)
		go_group_go(g, defers, &ended);
	check(go_group_wait(g) == 0);
	check(ended == 65); // what they deferred has run, too
	go_group_free(g);

	g = go_group_make(parent);
	go_group_go(g, sleeps, &ended);
	go_context_cancel(parent);
	check(go_group_wait(g) == ECANCELED);
	go_group_free(g);
	go_group_free(NULL);
	go_context_free(parent);
	printf("groups\n");
}

// --- mistakes ---

static GoGroup *busy;

static void
free_busy(void *unused)
{
	(void)unused;
	go_group_free(busy);
}

static void
cancel_nil(void *p)
{
	go_context_cancel(p);
}

static void
done_nil(void *p)
{
	go_context_done(p);
}

static void
sleep_nil(void *p)
{
	go_context_sleep(p, 1);
}

static void
group_nil(void *p)
{
	go_group_go(p, fails, NULL);
}

static void
wait_nil(void *p)
{
	go_group_wait(p);
}

static void
mistakes(void)
{
	const char *nil = "runtime error: invalid memory address or nil pointer dereference";
	GoContext *root = go_context_make(NULL);
	uint32_t ended = 0;

	check_panic(cancel_nil, NULL, nil);
	check_panic(done_nil, NULL, nil);
	check_panic(sleep_nil, NULL, nil);
	check_panic(group_nil, NULL, nil);
	check_panic(wait_nil, NULL, nil);
	busy = go_group_make(root);
	go_group_go(busy, sleeps, &ended);
	check_panic(free_busy, NULL, "go_group_free: goroutines of the group still run");
	go_context_cancel(root);
	check(go_group_wait(busy) == ECANCELED);
	go_group_free(busy);
	go_context_free(root);
	printf("mistakes\n");
}

int
main(void)
{
	from_above();
	between();
	deep();
	deadlines();
	many_at_once();
	races();
	groups();
	mistakes();
	return 0;
}
