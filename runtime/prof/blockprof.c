#include "blockprof.h"

#include "../base/hooks.h"
#include "../base/os.h"
#include "../sched/sched.h"
#include "../sync/panic.h"
#include "../worldsema.h"
#include "bucket.h"
#include "goprof.h"
#include "traceback.h"

static AtomicU64 rate; // ns
static AtomicU32 fraction;

int64_t
rt_blockprof_rate(void)
{
	return (int64_t)load64_acq(&rate);
}

static bool
is_mutex(const G *gp)
{
	switch (gp->reason) {
	case WaitMutexLock:
	case WaitRWMutexLock:
	case WaitRWMutexRLock:
	case WaitThreadMutex:
	case WaitThreadRead:
	case WaitThreadWrite:
		return true;
	default:
		return false;
	}
}

static bool
counts(const G *gp)
{
	switch (gp->reason) {
	case WaitChanSend:
	case WaitChanReceive:
	case WaitSelect:
	case WaitSemacquire:
	case WaitWaitGroup:
	case WaitCond:
	case WaitThreadCond:
	case WaitThreadJoin:
	case WaitThreadWord:
		return !gp->system;
	default:
		return is_mutex(gp) && !gp->system;
	}
}

static void
on_block(G *gp)
{
	gp->blocked = counts(gp) ? os_nanotime() : 0;
}

static void
save(enum BucketKind kind, const uint32_t *pcs, size_t n, double times, double ns)
{
	Bucket *b;

	rt_lock(&rt_bucketlock);
	b = rt_bucket(kind, pcs, (uint32_t)(n < MaxStackRecord ? n : MaxStackRecord), true);
	if (b) {
		b->delay.times += times;
		b->delay.ns += (int64_t)ns;
	}
	rt_unlock(&rt_bucketlock);
}

// A wait shorter than the rate is counted only with a chance of ns / per, and then as per / ns
// waits.
static void
count_wait(G *gp, int64_t ns, int64_t per)
{
	uint32_t pcs[MaxStackRecord];
	uint64_t luck = (uint64_t)rt_fastrand() << 32 | rt_fastrand();
	double times = ns < per ? (double)per / (double)ns : 1;

	if (per <= 0 || (ns < per && (int64_t)(luck % (uint64_t)per) > ns))
		return;
	save(BucketBlock, pcs, rt_gentraceback(gp, 0, pcs, MaxStackRecord), times,
	     times * (double)ns);
}

typedef struct Unlock Unlock;
struct Unlock {
	double times, ns;
};

// Runs on the M's own stack.
static void
count_unlock(void *arg)
{
	const Unlock *u = arg;
	uint32_t pcs[2 * OwnPairs];

	save(BucketMutex, pcs, rt_own_frames(pcs, "rt_semrelease"), u->times, u->times * u->ns);
}

static void
on_unblock(G *gp)
{
	int64_t ns = os_nanotime() - gp->blocked;
	uint32_t per = load_relaxed(&fraction);

	gp->blocked = 0;
	if (ns < 1)
		ns = 1; // the clock is coarse
	count_wait(gp, ns, rt_blockprof_rate());
	if (per > 0 && is_mutex(gp) && rt_fastrand() % per == 0)
		os_systemstack(count_unlock, &(Unlock){per, (double)ns});
}

void
rt_blockprof_init(void)
{
	rt_hooks.on_block = on_block;
	rt_hooks.on_unblock = on_unblock;
}

static void
switch_on(void)
{
	store_seq(&sched.timewaits, rt_blockprof_rate() > 0 || load_seq(&fraction) > 0);
}

void
go_set_block_profile_rate(int64_t ns)
{
	store64_rel(&rate, (uint64_t)(ns > 0 ? ns : 0));
	switch_on();
}

int
go_set_mutex_profile_fraction(int n)
{
	int old = (int)load_seq(&fraction);

	if (n >= 0) {
		store_seq(&fraction, (uint32_t)n);
		switch_on();
	}
	return old;
}

// --- reading ---

GoBlockProfileRecord
rt_blockprof_record(const Bucket *b)
{
	GoBlockProfileRecord r = {(int64_t)(b->delay.times + 0.5), b->delay.ns, {0}};

	for (uint32_t i = 0; i < b->nstk; i++)
		r.pcs[i] = b->stk[i];
	return r;
}

static bool
records_of(enum BucketKind kind, GoBlockProfileRecord *to, size_t max, size_t *n)
{
	bool ok;

	rt_nonil_here(n);
	if (max > 0)
		rt_nonil_here(to);
	*n = 0;
	rt_lock(&rt_bucketlock);
	for (const Bucket *b = rt_buckets(kind); b; b = b->allnext)
		++*n;
	ok = *n <= max;
	for (const Bucket *b = rt_buckets(kind); ok && b; b = b->allnext)
		*to++ = rt_blockprof_record(b);
	rt_unlock(&rt_bucketlock);
	return ok;
}

bool
go_block_profile(GoBlockProfileRecord *records, size_t max, size_t *n)
{
	return records_of(BucketBlock, records, max, n);
}

bool
go_mutex_profile(GoBlockProfileRecord *records, size_t max, size_t *n)
{
	return records_of(BucketMutex, records, max, n);
}
