// Each way a P becomes idle, against each source of work that no running M looks at: whatever is
// queued in the same moment must run. And workers that cannot be started.

#include <pthread.h>
#include <unistd.h>

#include "../../runtime/base/atomic.h"
#include "../../runtime/base/os.h"
#include "../../runtime/host/call.h"
#include "../../runtime/sched/sched.h"
#include "check.h"

extern AtomicU32 os_newscount;
extern AtomicU32 os_nothreads;

enum { LostMs = 10000 };

static AtomicU32 served, outer, blocked, done;

// --- sources: each makes a goroutine runnable that raises served ---

static HostCall *_Atomic taken;

static void *
host(void *arg)
{
	(void)arg;
	for (;;) {
		uint32_t seen = load_seq(&os_newscount);
		HostCall *c;

		while ((c = rt_hostcall_take()) != NULL)
			if (strcmp(c->name, "later") == 0)
				taken = c;
		if (load_seq(&outer) && (c = taken) != NULL) {
			taken = NULL;
			store_seq(&outer, 0);
			CHECK(rt_hostcall_claim(c));
			c->answer = go_number(1);
			rt_hostcall_settle(c);
		}
		if (!load_seq(&outer))
			os_futexsleep(&os_newscount, seen, -1);
	}
	return NULL;
}

static void
by_host(void *arg)
{
	GoValue v;

	(void)arg;
	CHECK(!go_host_call("later", NULL, 0, GO_FOREVER, &v));
	add_seq(&served, 1);
}

static void
answer(void)
{
	store_seq(&outer, 1);
	os_news();
}

static void
by_timer(void *arg)
{
	(void)arg;
	add_seq(&served, 1);
}

static GoTimer *timer;

static void
arm(void)
{
	if (timer)
		go_timer_free(timer);
	timer = go_timer_start(1 + rt_fastrand() % 20000, 0, by_timer, NULL);
}

static uint32_t sema;

static void
by_blocked(void *arg)
{
	(void)arg;
	go_semacquire(&sema);
	add_seq(&served, 1);
}

// An M without a P readies it.
static void
ready_blocked(void *arg)
{
	(void)arg;
	go_entersyscall();
	add_seq(&blocked, 1);
	while (!load_seq(&outer))
		;
	store_seq(&outer, 0);
	go_semrelease(&sema);
	go_exitsyscall();
	add_seq(&blocked, (uint32_t)-1);
}

static void
release(void)
{
	store_seq(&outer, 1);
}

// --- how the P of main becomes idle ---

static void
wait_for(uint32_t n)
{
	int ms = 0;

	for (; load_seq(&served) < n && ms < LostMs; ms++)
		usleep(1000);
	CHECK(load_seq(&served) >= n);
}

static void
in_a_call(uint32_t n)
{
	go_entersyscall();
	wait_for(n);
	go_exitsyscall();
}

static void
parked(uint32_t n)
{
	go_sleep(50 * GO_MICROSECOND);
	in_a_call(n);
}

static void
locked(uint32_t n)
{
	go_lock_os_thread();
	go_sleep(50 * GO_MICROSECOND);
	in_a_call(n);
	go_unlock_os_thread();
}

typedef struct Source Source;
struct Source {
	void (*wait)(void *);
	void (*helper)(void *);
	void (*begin)(void);
};

static void
pairs(Source s)
{
	static void (*const ways[])(uint32_t) = {in_a_call, parked, locked};
	int rounds = scaled(40);

	for (int i = 0; i < 3 * rounds; i++) {
		uint32_t want = load_seq(&served) + 1;

		if (s.wait)
			go(s.wait, NULL);
		if (s.helper) {
			go(s.helper, NULL);
			while (!load_seq(&blocked))
				go_gosched();
		}
		while (s.wait == by_host && !taken)
			go_gosched();
		os_pause(rt_fastrand() % 100000);
		s.begin();
		os_pause(rt_fastrand() % 20000);
		ways[i % 3](want);
		while (load_seq(&blocked))
			go_gosched();
	}
}

static void
answers(void)
{
	pairs((Source){by_host, NULL, answer});
}

static void
timers(void)
{
	pairs((Source){NULL, NULL, arm});
}

static void
calls(void)
{
	pairs((Source){by_blocked, ready_blocked, release});
}

// What another P has queued behind a goroutine that does not leave it.
static void
hold(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++)
		go(by_timer, NULL);
	add_seq(&blocked, 1);
	while (load_seq(&blocked))
		;
	add_seq(&done, 1);
}

static void
queues(void)
{
	int procs = go_max_procs(2);

	for (int i = 0; i < scaled(20); i++) {
		uint32_t want = load_seq(&served) + 10;

		go(hold, NULL);
		while (!load_seq(&blocked))
			go_gosched();
		in_a_call(want);
		store_seq(&blocked, 0);
		while (load_seq(&done) <= (uint32_t)i)
			go_gosched();
	}
	go_max_procs(procs);
}

// No worker can be had: those that there are do the work.
static void
call_for_a_while(void *arg)
{
	(void)arg;
	go_entersyscall();
	usleep(2000);
	go_exitsyscall();
	add_seq(&served, 1);
}

static void
no_workers(void)
{
	uint32_t want = load_seq(&served) + 40;

	store_seq(&os_nothreads, 1);
	for (int i = 0; i < 20; i++) {
		go(call_for_a_while, NULL);
		go(by_timer, NULL);
	}
	while (load_seq(&served) < want)
		go_sleep(GO_MILLISECOND);
	store_seq(&os_nothreads, 0);
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {TEST(no_workers), TEST(answers), TEST(timers), TEST(calls),
	                             TEST(queues)};
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, host, NULL) == 0);
	return RUN_TESTS(tests);
}
