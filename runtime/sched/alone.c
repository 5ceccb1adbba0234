#include "alone.h"

#include "../base/lock.h"
#include "../base/noroot.h"
#include "../base/throw.h"
#include "../trace/trace.h"
#include "m.h"
#include "preempt.h"
#include "sched.h"

enum {
	TurnNs = 8000000, // the event loop has to wait at most about so long
	CallNs = 5000000, // others run so long during a host call, again and again
	LookNs = 1000000, // about so long from one look at the clock to the next
};

// A sleep of an M that stays on the stack. The innermost is the one that can end.
typedef struct Sleep Sleep;
struct Sleep {
	AtomicU32 *addr;
	uint32_t val;
	int64_t until;
	Sleep *outer;
};

static struct {
	Sleep *innermost;
	int32_t depth;    // Ms on the stack
	int64_t turnend;  // when the turn is over
	int64_t nextlook; // when sysmon's work is due
	int64_t looked;   // when a poll or a schedule looked at the clock last
	int32_t polls;    // from that look to the next
	bool keeps;       // rt_over is up, and the goroutine that runs keeps its time slice
	G *later;         // goroutines in place whose M cannot go on yet, by schedlink
} alone;
NOROOT(alone)

bool rt_over;
uint32_t rt_runs;
NOROOT(rt_runs)

static bool
awake(const Sleep *s)
{
	return load_acq(s->addr) != s->val || (s->until >= 0 && os_nanotime() >= s->until);
}

bool
rt_reachable(const M *mp)
{
	return !os_alone() || (alone.innermost && alone.innermost->addr == &mp->park.key);
}

void
rt_put_off_locked(G *gp)
{
	gp->schedlink = alone.later;
	alone.later = gp;
	sched.nputoff++;
}

// Another M may be reachable now.
static void
requeue(void)
{
	G *gp;

	if (!alone.later)
		return;
	rt_lock(&sched.lock);
	while ((gp = alone.later) != NULL) {
		alone.later = gp->schedlink;
		sched.nputoff--;
		rt_globrunqput_locked(gp);
	}
	rt_unlock(&sched.lock);
}

// Does what sysmon does. Returns after how many ns it has to be done again.
static int64_t
watch(void)
{
	int64_t wait = rt_sysmon_once();

	os_drain(); // the event loop may not get its turn for long
	alone.nextlook = wait == INT64_MAX ? INT64_MAX : os_nanotime() + wait;
	return wait;
}

static void
set_polls(int32_t n)
{
	alone.polls = n;
	os_set_polls_left(true, n);
	os_set_polls_left(false, rt_over ? 1 : n);
}

// Polls may be nanoseconds or milliseconds apart. How long the last ones took tells how many there
// can be until the next look.
static void
count_polls(int64_t now)
{
	int64_t took = now - alone.looked, n = alone.polls;

	n = took > LookNs ? n * LookNs / took : 2 * n;
	alone.looked = now;
	set_polls(n < 1 ? 1 : n > PollsPerLook ? PollsPerLook : (int32_t)n);
}

static void
look(void)
{
	int64_t now = os_nanotime();

	if (now >= alone.nextlook)
		watch();
	if (alone.depth == 1 ? now >= alone.turnend : alone.innermost && awake(alone.innermost))
		rt_over = true;
	count_polls(now);
}

void
rt_poll_alone(void *inplace)
{
	look();
	if (!rt_over || inplace) // in place it cannot return to the event loop
		return;
	alone.keeps = !(load_seq(&rt_m()->preempt) & PreemptStop);
	rt_raise(rt_m(), PreemptStop);
}

void
rt_look_soon(void)
{
	alone.nextlook = 0;
}

bool
rt_turn_over(void)
{
	int32_t left = os_polls_left(false) - 1;

	if (left > 0)
		os_set_polls_left(false, left);
	else
		look();
	return rt_over;
}

bool
rt_turn_ends(void)
{
	return rt_over && alone.keeps;
}

void
rt_newlevel(M *mp)
{
	rt_notewakeup(&mp->park);
}

// An M that has something to do, and is not on the stack; or NULL.
static M *
runnable(void)
{
	M *mp;

	for (mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink)
		if (!mp->onstack && (mp->p || load_acq(&mp->park.key) != 0))
			return mp;
	return NULL;
}

// Runs mp above the M that runs now, until it has nothing to do or the turn is over.
static void
run(M *mp)
{
	M *below = rt_m();

	rt_runs++;
	rt_over = false;
	alone.depth++;
	mp->onstack = true;
	rt_mlevel(mp);
	mp->onstack = false;
	alone.depth--;
	rt_set_m(below);
	rt_set_g(below ? below->g0 : NULL);
}

// An M that stayed on the stack goes on.
static void
rise(const Sleep *s)
{
	alone.innermost = s->outer;
	rt_over = false;
	requeue();
}

void
rt_sleep_alone(AtomicU32 *addr, uint32_t val, int64_t until)
{
	Sleep s = {addr, val, until, alone.innermost};

	alone.innermost = &s;
	while (!awake(&s)) {
		M *mp = runnable();

		if (mp)
			run(mp);
		else if (watch() == INT64_MAX && !runnable() && !awake(&s) && until < 0)
			rt_fatal(
				FatalThrow,
				"a goroutine waits in place, in foreign code or in libc, for what only "
				"the event loop can bring: with one worker it waits for ever");
	}
	rise(&s);
}

void
rt_poll_incall(void *arg)
{
	static AtomicU32 never;
	int64_t now = os_nanotime();
	Sleep s = {&never, 0, now + CallNs, alone.innermost};
	M *mp;

	(void)arg;
	count_polls(now);
	if (now < alone.nextlook)
		return;
	watch();
	alone.innermost = &s;
	while (!awake(&s) && (mp = runnable()) != NULL)
		run(mp);
	rise(&s);
}

int64_t
rt_turn(void)
{
	int64_t wait;
	M *mp;

	alone.looked = os_nanotime();
	alone.turnend = alone.looked + TurnNs;
	set_polls(1);
	do {
		wait = watch();
		mp = runnable();
		if (mp)
			run(mp);
	} while (mp && os_nanotime() < alone.turnend);
	return runnable() ? 0 : wait;
}

void
rt_turn_lost(void)
{
	alone.innermost = NULL;
	alone.depth = 0;
	rt_over = false;
}
