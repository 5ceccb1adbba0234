// While goroutines of all sorts run, stop and block, and Ps come and go, the count that every poll
// looks at is the number of raised flags. No flag stays up on an M that nobody will make look at
// it.
// workers: polls always call the runtime

#include "check.h"

#include "../../runtime/base/os.h"
#include "../../runtime/sched/preempt.h"
#include "../../runtime/sched/world.h"

static int64_t progress[12];
static volatile bool stop;
static int ended;

// clang-format off
GO_FOREIGN(fv_count) void fv_count(int64_t *count)
{
	while (!stop)
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}
// clang-format on

static void
foreign(void *arg)
{
	fv_count(arg);
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

static void
compute(void *arg)
{
	while (!stop)
		__atomic_fetch_add((int64_t *)arg, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

static void
leave(void *arg)
{
	while (!stop) {
		go_entersyscall();
		__atomic_fetch_add((int64_t *)arg, 1, __ATOMIC_RELAXED);
		go_exitsyscall();
		go_gosched();
	}
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

static void
nap(void *arg)
{
	while (!stop) {
		__atomic_fetch_add((int64_t *)arg, 1, __ATOMIC_RELAXED);
		go_sleep(20000);
	}
	__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
}

// The world is stopped; sysmon may be about to raise or to lower one.
static bool
agree(void)
{
	uint32_t up = 0;

	for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink) {
		if (load_seq(&mp->preempt) == 0)
			continue;
		if (mp != rt_m())
			return false;
		up++;
	}
	return load_seq(os_raised()) == up;
}

static void
look(int round)
{
	int64_t begin = go_nanotime();

	uint32_t up;
	bool ok;

	rt_world_begin();
	while (!(ok = agree()) && go_nanotime() - begin < 10000000000)
		;
	up = load_seq(os_raised());
	rt_world_end();
	if (ok)
		return;
	printf("round %d: %u Ms are wanted\n", round, up);
	exit(0);
}

int
main(void)
{
	static const int ps[] = {2, 1, 3, 8, 1, 2, 5};
	static char text[1000];
	enum { Ps = sizeof ps / sizeof *ps };
	static void (*const sorts[])(void *) = {foreign, compute, leave, nap};

	for (int i = 0; i < 12; i++)
		go_with_stack(sorts[i % 4], &progress[i], 16384);
	for (int round = 0; round < many(70, 2000); round++) {
		if (round % 10 == 0)
			go_max_procs(ps[round / 10 % Ps]);
		look(round);
		go_gosched();
	}
	for (int i = 0; i < 12; i++)
		until(__atomic_load_n(&progress[i], __ATOMIC_RELAXED) > 0);
	stop = true;
	until(__atomic_load_n(&ended, __ATOMIC_SEQ_CST) == 12);
	look(-1);
	go_stack(text, sizeof text, true); // who stops the world is not to come itself
	check(load_seq(os_raised()) == 0);
	printf("they agree\n");
	return 0;
}
