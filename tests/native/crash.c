// Ways to die, one per run, named by the first argument. What must be printed stands in
// native.test.mjs.

#include "check.h"

#include <pthread.h>

#include "../../runtime/ask/words.h"
#include "../../runtime/base/lock.h"
#include "../../runtime/base/print.h"
#include "../../runtime/base/throw.h"

static void
panic_with(void *text)
{
	go_panic(text);
}

static void
plain_panic(void)
{
	go_panic("boom");
}

static void
chained_panic(void)
{
	go_defer(panic_with, "third");
	go_defer(panic_with, "second");
	go_panic("first");
}

static void
panic_of_lines(void)
{
	go_panic("one\ntwo\n");
}

static void
repanic(void)
{
	go_panic(go_protect(panic_with, "again"));
}

static void
exit_then_panic(void)
{
	go_defer(panic_with, "late");
	go_exit();
}

static void
wait_forever(void)
{
	go_chan_recv(go_chan_make(0, 0), NULL);
}

static void
panic_elsewhere(void)
{
	go(panic_with, "elsewhere");
	wait_forever();
}

static void
deferred_panic(void *arg)
{
	go_defer(panic_with, arg);
}

static void
panic_at_end(void)
{
	go(deferred_panic, "at the end");
	wait_forever();
}

static void
unlock(void *arg)
{
	go_mutex_unlock(arg);
}

static void
unlock_unlocked(void)
{
	static GoMutex m;

	go_protect(unlock, &m); // fatal: nothing catches it
}

static void
runlock_unlocked(void)
{
	GoRWMutex m = {0};

	go_rwmutex_runlock(&m);
}

static void
rwunlock_unlocked(void)
{
	GoRWMutex m = {0};

	go_rwmutex_unlock(&m);
}

// --- everybody waits, each for a reason of its own ---

static GoMutex mutex, condmutex;
static GoRWMutex rwmutex, rwread;
static GoWaitGroup group;
static GoCond cond = {.l = &condmutex};
static uint32_t sema;

static void
wait_by(void *arg)
{
	GoCase cases[2] = {{.chan = go_chan_make(0, 0), .dir = GO_RECV}, {.chan = NULL}};

	switch (*(const char *)arg) {
	case 's':
		go_chan_send(cases[0].chan, NULL);
		break;
	case 'S':
		go_chan_send(NULL, NULL);
		break;
	case 'r':
		go_chan_recv(cases[0].chan, NULL);
		break;
	case 'R':
		go_chan_recv(NULL, NULL);
		break;
	case 'x':
		go_select(cases, 2, true);
		break;
	case 'X':
		go_select(NULL, 0, true);
		break;
	case 'y':
		go_select(&cases[1], 1, true);
		break;
	case 'a':
		go_semacquire(&sema);
		break;
	case 'm':
		go_mutex_lock(&mutex);
		break;
	case 'l':
		go_rwmutex_lock(&rwread);
		break;
	case 'k':
		go_rwmutex_rlock(&rwmutex);
		break;
	case 'w':
		go_waitgroup_wait(&group);
		break;
	case 'c':
		go_cond_wait(&cond);
		break;
	default:
		break;
	}
}

static void
deadlock(void)
{
	const char *kinds = "sSrRxXyamlkw";

	go_mutex_lock(&mutex);
	go_rwmutex_lock(&rwmutex);
	go_rwmutex_rlock(&rwread);
	go_waitgroup_add(&group, 1);
	for (; *kinds; kinds++)
		go(wait_by, (void *)(uintptr_t)kinds);
	go_mutex_lock(&condmutex);
	wait_by("c");
}

static void
deadlock_after_timer(void)
{
	go_after(GO_MILLISECOND);
	wait_forever();
}

static void *
takes(void *lock)
{
	rt_lock(lock); // no M: it does not wait for ever
	rt_unlock(lock);
	return NULL;
}

// Whoever reports holds a lock for longer than a thread of the host waits for it.
static void
lock_given_up(void)
{
	static Lock lock;
	pthread_t host;

	rt_startdying();
	rt_lock(&lock);
	CHECK(pthread_create(&host, NULL, takes, &lock) == 0 && pthread_join(host, NULL) == 0);
	rt_unlock(&lock);
	rt_prints("fatal error: the lock was given up\n");
	rt_enddying(FatalThrow, "the lock was given up");
}

// Not a death, but an end: deferred calls of main run when it returns.
static void
say(void *text)
{
	fprintf(stderr, "%s\n", (const char *)text);
}

static void
main_defers(void)
{
	go_defer(say, "second");
	go_defer(say, "first");
}

static void
main_exits(void)
{
	go_exit();
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {
		TEST(plain_panic),       TEST(chained_panic),   TEST(panic_of_lines),
		TEST(repanic),           TEST(exit_then_panic), TEST(panic_elsewhere),
		TEST(panic_at_end),      TEST(unlock_unlocked), TEST(runlock_unlocked),
		TEST(rwunlock_unlocked), TEST(deadlock),        TEST(deadlock_after_timer),
		TEST(main_defers),       TEST(main_exits),      TEST(lock_given_up),
	};

	CHECK(argc == 2);
	return RUN_TESTS(tests);
}
