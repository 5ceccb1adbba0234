#include "cpuprof.h"

#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/print.h"
#include "../sched/preempt.h"
#include "../sched/sched.h"
#include "../sync/panic.h"
#include "../worldsema.h"
#include "cpulog.h"
#include "texts.h"
#include "traceback.h"

enum { MaxHz = 1000000 };

static Lock lock = LOCK_INIT(RankProf);
static AtomicU32 running;    // 0, or whose_is(host)
static int64_t period, next; // ns; next: the begin of the first period not yet sampled
static int64_t moment;       // ns from next to that period's sample
NOROOT(period)
NOROOT(next)
NOROOT(moment)
static AtomicU32 apart[TextLabels]; // samples without a goroutine, by text

static uint32_t
whose_is(bool host)
{
	return 1 + host;
}

// --- the clock: on sysmon ---

// How many periods have had their moment since the last call.
static uint32_t
periods_locked(int64_t now)
{
	uint32_t n = 0;

	while (next + moment <= now) {
		int64_t k = 1 + (now - next - moment) / period;

		n += (uint32_t)k;
		next += k * period;
		moment = (int64_t)(rt_fastrand() % (uint64_t)period);
	}
	return n;
}

// The moment of a sample is when due is raised. Whether the M runs a goroutine at that moment is
// only a guess here. If the M by then runs no goroutine, or another one, sample() charges the
// scheduler.
NO_SANITIZE static void
ask(P *pp, M *mp, uint32_t n)
{
	if (!mp->curg) {
		add_seq(&apart[TextScheduler], n);
		return;
	}
	add_seq(&mp->due, n);
	rt_preempt(pp, PreemptSample);
}

// Asks all Ms that run. During a collection the world is stopped, and only the Ms that collect
// count.
static void
ask_all(uint32_t n)
{
	if (load_seq(&sched.collecting)) {
		add_seq(&apart[TextCollector], n * (1 + load_seq(&sched.nhelpgc)));
		return;
	}
	for (int32_t i = 0; i < gomaxprocs; i++) {
		P *pp = allp[i];
		M *mp = pp ? pp->m : NULL;
		uint32_t status = pp ? load_acq(&pp->status) : Pdead;

		if (status == Pidle)
			add_seq(&apart[TextIdle], n);
		else if (status == Prunning && mp)
			ask(pp, mp, n);
	}
}

static int64_t
tick(int64_t now)
{
	int64_t then = INT64_MAX;
	uint32_t n = 0;

	if (!load_relaxed(&running))
		return then;
	rt_lock(&lock);
	if (load_relaxed(&running)) {
		n = periods_locked(now);
		then = next + moment;
	}
	rt_unlock(&lock);
	if (n)
		ask_all(n);
	return then;
}

// --- samples ---

typedef struct Sample Sample;
struct Sample {
	uint32_t count;
	const char *label;
	size_t depth;
	uint32_t pcs[CpuDepth];
};

static void
tell(Sample *s)
{
	uint32_t label = s->label ? rt_label_pc(s->label) : 0;

	if (label) {
		if (s->depth == CpuDepth)
			s->depth--;
		s->pcs[s->depth++] = label;
	}
	rt_cpulog_add(s->pcs, s->depth, s->count);
}

// Runs on the M's own stack. A goroutine that parks holds the lock of the thing it waits for until
// then() has run. The log cannot be locked under that lock, which may even be the log's own. So the
// sample is added afterwards.
static void
sample(M *mp, G *gp, void (*then)(M *, G *))
{
	Sample s = {swap_acqrel(&mp->due, 0), gp ? gp->label : NULL, 0, {0}};
	bool held = mp->locks > 0;

	if (!gp) {
		add_seq(&apart[TextScheduler], s.count);
		return;
	}
	s.depth = rt_gentraceback(gp, 0, s.pcs, CpuDepth);
	if (s.depth > CpuDepth)
		s.depth = CpuDepth;
	if (!held)
		tell(&s);
	if (then)
		then(mp, gp);
	if (held)
		tell(&s);
}

void
rt_cpuprof_init(void)
{
	rt_hooks.on_sampletime = tick;
	rt_hooks.on_sample = sample;
}

// --- on and off ---

bool
rt_cpuprof_start(int hz, bool host)
{
	bool ok;

	hz = hz < MaxHz ? hz : MaxHz;
	ok = rt_cpulog_open((uint32_t)(MaxHz / hz), host);
	if (!ok)
		return false;
	for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink)
		store_seq(&mp->due, 0);
	rt_lock(&lock);
	period = 1000000000 / hz;
	next = os_nanotime();
	moment = (int64_t)(rt_fastrand() % (uint64_t)period);
	for (uint32_t i = 0; i < nelem(apart); i++)
		store_seq(&apart[i], 0);
	store_seq(&running, whose_is(host));
	rt_unlock(&lock);
	rt_sysmon_wake();
	return true;
}

bool
rt_cpuprof_stop(bool host)
{
	bool ok;

	rt_lock(&lock);
	ok = load_relaxed(&running) == whose_is(host);
	if (ok)
		store_seq(&running, 0);
	rt_unlock(&lock);
	if (!ok)
		return false;
	for (uint32_t i = 0; i < nelem(apart); i++) {
		uint32_t pc = PC_TEXT | i, n = load_seq(&apart[i]);

		if (n)
			rt_cpulog_add(&pc, 1, n);
	}
	rt_cpulog_close();
	return true;
}

void
rt_cpuprof_died(bool reread)
{
	for (uint32_t i = 0; i < nelem(apart) && load_seq(&running); i++) {
		uint32_t n = load_seq(&apart[i]);

		if (n)
			rt_cpulog_died_add(PC_TEXT | i, n);
	}
	store_seq(&running, 0);
	rt_cpulog_died(reread);
}

void
go_set_cpu_profile_rate(int hz)
{
	if (hz > 0 ? rt_cpuprof_start(hz, false) : rt_cpuprof_stop(false) || !load_seq(&running))
		return;
	rt_prints("runtime: cannot set rate until previous profile has finished.\n");
}

size_t
go_cpu_profile(const uintptr_t **words)
{
	rt_nonil(words);
	return rt_cpulog_read(words, false);
}
