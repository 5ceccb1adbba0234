// The block profile counts every wait except sleeps, by the stack that waited. The mutex profile
// counts by the stack that unlocked. Both begin switched off. Too little room leaves the records.
// counts

#include "check.h"

enum { Max = 200, Mark = 0x5a };

static GoBlockProfileRecord records[Max];
static GoChan *c;
static GoMutex m;
static GoRWMutex rw;
static GoWaitGroup wg;
static GoCond cond = {.l = &m};
static uint32_t sema;
static int ended;

#define WAITER(name, ...)                                        \
	__attribute__((noinline)) static void name(void *unused) \
	{                                                        \
		(void)unused;                                    \
		__VA_ARGS__;                                     \
		ended++;                                         \
	}

WAITER(receives, go_chan_recv(c, NULL))
WAITER(sends, go_chan_send(c, NULL))
WAITER(selects, go_select(&(GoCase){.chan = c, .dir = GO_RECV}, 1, true))
WAITER(locks, go_mutex_lock(&m); go_mutex_unlock(&m))
WAITER(rlocks, go_rwmutex_rlock(&rw); go_rwmutex_runlock(&rw))
WAITER(wlocks, go_rwmutex_lock(&rw); go_rwmutex_unlock(&rw))
WAITER(waits, go_waitgroup_wait(&wg))
WAITER(conds, go_mutex_lock(&m); go_cond_wait(&cond); go_mutex_unlock(&m))
WAITER(acquires, go_semacquire(&sema))
WAITER(sleeps, go_sleep(GO_MILLISECOND))

#define WAKER(name, ...)                                 \
	__attribute__((noinline)) static void name(void) \
	{                                                \
		__VA_ARGS__;                             \
	}

WAKER(to_send, go_chan_send(c, NULL))
WAKER(to_receive, go_chan_recv(c, NULL))
WAKER(to_unlock, go_mutex_unlock(&m))
WAKER(to_wunlock, go_rwmutex_unlock(&rw))
WAKER(to_runlock, go_rwmutex_runlock(&rw))
WAKER(to_be_done, go_waitgroup_done(&wg))
WAKER(to_signal, go_mutex_lock(&m); go_mutex_unlock(&m); go_cond_signal(&cond))
WAKER(to_release, go_semrelease(&sema))
WAKER(to_nothing, (void)0)

static bool
holds(const GoBlockProfileRecord *r, const char *func)
{
	for (int k = 0; k < 32 && r->pcs[k]; k++) {
		GoFrame f[8];
		size_t n = go_func_for_pc(r->pcs[k], f, 8);

		for (size_t i = 0; i < n && i < 8; i++)
			if (strcmp(f[i].func, func) == 0)
				return true;
	}
	return false;
}

typedef bool Profile(GoBlockProfileRecord *records, size_t max, size_t *n);

// How often, of each of the functions, and of how many stacks.
static void
print(const char *title, Profile *profile, const char *const *funcs)
{
	size_t n;

	check(profile(records, Max, &n));
	printf("%s: %zu\n", title, n);
	for (; *funcs; funcs++)
		for (size_t i = 0; i < n; i++)
			if (holds(&records[i], *funcs)) {
				printf("\t%s %lld\n", *funcs, (long long)records[i].count);
				check(records[i].ns > 0);
			}
}

static void
once(GoFunc waiter, const char *reason, void (*wake)(void))
{
	int before = ended;

	go(waiter, NULL);
	if (reason)
		until_waiting(1, reason);
	wake();
	until(ended > before);
}

static void
all(void)
{
	once(receives, "chan receive", to_send);
	once(sends, "chan send", to_receive);
	once(selects, "select", to_send);
	go_mutex_lock(&m);
	once(locks, "sync.Mutex.Lock", to_unlock);
	go_rwmutex_lock(&rw);
	once(rlocks, "sync.RWMutex.RLock", to_wunlock);
	go_rwmutex_rlock(&rw);
	once(wlocks, "sync.RWMutex.Lock", to_runlock);
	go_waitgroup_add(&wg, 1);
	once(waits, "sync.WaitGroup.Wait", to_be_done);
	once(conds, "sync.Cond.Wait", to_signal);
	once(acquires, "semacquire", to_release);
	once(sleeps, NULL, to_nothing);
}

static const char *const waiters[] = {"receives", "sends", "selects",  "locks",  "rlocks", "wlocks",
                                      "waits",    "conds", "acquires", "sleeps", NULL};
static const char *const wakers[] = {"to_unlock", "to_wunlock", "to_runlock",
                                     "to_send",   "to_be_done", NULL};

static void
contract(void)
{
	size_t n;

	memset(records, Mark, sizeof records);
	check(!go_block_profile(records, 1, &n) && n == 9);
	for (size_t i = 0; i < sizeof records; i++)
		check(((unsigned char *)records)[i] == Mark);
	check(go_block_profile(records, n, &n) && n == 9);
	check(holds(&records[0], "acquires")); // the newest first
	check(records[0].pcs[31] == 0);
	check(((unsigned char *)&records[n])[0] == Mark);
}

int
main(void)
{
	c = go_chan_make(0, 0);
	all();
	print("off", go_block_profile, waiters);
	go_set_block_profile_rate(1);
	all();
	print("block", go_block_profile, waiters);
	print("no mutex", go_mutex_profile, wakers);
	contract();
	go_set_block_profile_rate(0);
	check(go_set_mutex_profile_fraction(1) == 0);
	check(go_set_mutex_profile_fraction(-1) == 1);
	all();
	print("block, as before", go_block_profile, (const char *const[]){"receives", NULL});
	print("mutex", go_mutex_profile, wakers);
	check(go_set_mutex_profile_fraction(0) == 1);
	all();
	print("mutex, as before", go_mutex_profile, wakers);
	go_set_block_profile_rate(INT64_MAX); // no wait is as long
	all();
	print("block, as before", go_block_profile, (const char *const[]){"sends", NULL});
	return 0;
}
