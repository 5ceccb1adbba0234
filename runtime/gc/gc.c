#include "gc.h"

#include <string.h>

#include "../base/debug.h"
#include "../base/env.h"
#include "../base/hooks.h"
#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "../mem/mstats.h"
#include "../mem/msweep.h"
#include "../sched/preempt.h"
#include "../sched/sema.h"
#include "../sched/server.h"
#include "../sched/world.h"
#include "../trace/trace.h"
#include "../worldsema.h"
#include "about.h"

// When a cycle runs, and what is reported about it.

enum { MinHeap = 4 << 20 }; // with GOGC=100; the first cycle begins there
enum { FirstPause = 100000, LongestPause = 20000000 }; // ns, while roots are hidden

// The default limit leaves room for memory outside the heap, in a space of 4 GiB.
static const int64_t DefaultLimit = INT64_C(3500) << 20;

typedef struct Waiter Waiter;
struct Waiter { // on the stack of the goroutine that waits
	G *gp;
	uint32_t cycle; // it waits until this cycle is completed
	bool sweep;     // and swept
	bool hasty;     // but does not wait while the cycle is put off
	Waiter *next;
};

static struct {
	Lock lock;
	Server server;    // the service goroutine; wanted: a cycle is due
	AtomicU32 putoff; // the cycle cannot begin now: roots are hidden
	uint32_t started; // cycles; lock held
	Waiter *waiters;  // lock held
	AtomicU64 ended;  // when the last cycle's pause ended
	int32_t percent;  // GOGC; negative: only when go_gc is called, or for the limit
	int64_t limit;
	uint64_t most;   // collected memory that the limit allowed at the end of the last cycle
	uint64_t beside; // what beside() returned then
} gc = {.lock = LOCK_INIT(RankGC), .percent = 100, .limit = DefaultLimit};
NOROOT(gc)

GCStats rt_gcstats;
NOROOT(rt_gcstats)
AtomicU64 rt_gcperiod = INT64_C(120000000000);
NOROOT(rt_gcperiod)

// --- pacing ---

// A limit above the machine's memory is of no use. A sixteenth is left for uncollected memory.
static uint64_t
limit(void)
{
	uint64_t most = os_maxmemory() - os_maxmemory() / 16;

	if (gc.limit == INT64_MAX)
		return UINT64_MAX; // off
	return (uint64_t)gc.limit < most ? (uint64_t)gc.limit : most;
}

// Memory in use outside the heap, and malloc's in it. This is less than all that is not collected,
// which is known only at the end of a cycle: unswept spans count as in use.
NO_SANITIZE static uint64_t
beside(void)
{
	return os_memory() - ((uint64_t)rt_mheap.sys << PageShift) + rt_mem_uncollected();
}

NO_SANITIZE static bool
over_limit(void)
{
	return os_memory() - ((uint64_t)rt_mheap.idle << PageShift) > limit();
}

// The least distance between two cycles, so that a program does not only collect.
static uintptr_t
least_trigger(uintptr_t live)
{
	return live + live / 16 + (1 << 20);
}

// A collection that the limit decides begins a little below it: allocations go on until it stops
// the world.
static uint64_t
early(uint64_t most)
{
	return most - most / 16;
}

// Where the next cycle begins: gc.percent above the live bytes. All other memory in use, of
// whatever kind, is subtracted from the limit; the next cycle begins below the rest.
static uintptr_t
next_trigger(uintptr_t live)
{
	uint64_t next = UINTPTR_MAX, heaplive = loadp_acq(&rt_heaplive), used, most, other;

	if (gc.percent >= 0) {
		uint64_t least = (uint64_t)MinHeap * (uint32_t)gc.percent / 100;

		next = live + (uint64_t)live * (uint32_t)gc.percent / 100;
		next = next < least ? least : next;
	}
	used = os_memory() - ((uint64_t)rt_mheap.idle << PageShift);
	other = used > heaplive ? used - heaplive : 0;
	most = limit() > other ? limit() - other : 0;
	gc.most = most;
	gc.beside = beside();
	if (next > early(most))
		next = early(most);
	if (next < least_trigger(live))
		next = least_trigger(live);
	return next > UINTPTR_MAX ? UINTPTR_MAX : (uintptr_t)next;
}

// A goroutine that allocates an eighth beyond the trigger waits for the cycle. It waits earlier
// where the limit, which leaves most bytes for the heap, comes first.
static void
set_trigger(uintptr_t next, uint64_t most)
{
	uint64_t brake = (uint64_t)next + (next / 8 < 256 << 10 ? 256 << 10 : next / 8);

	if (brake > most && most > next)
		brake = most;
	rt_gcstats.next = next;
	storep_rel(&rt_gcbrake, brake > UINTPTR_MAX ? UINTPTR_MAX : (uintptr_t)brake);
	storep_rel(&rt_gctrigger, next);
}

// Applies changed settings, as if they had been set at the end of the last cycle. The world is
// stopped, or this is the boot.
static void
repace(void)
{
	uintptr_t next = next_trigger(rt_gcstats.live); // sets gc.most

	set_trigger(next, gc.most);
}

// --- the cycle ---

// The host's thread may read at any time. ngc, which is stored last, says which cycles are
// complete.
static void
keep(GCCycle cycle)
{
	uint32_t n = load_relaxed(&rt_gcstats.ngc);

	rt_gcstats.pause_ns += cycle.pause_ns;
	rt_gcstats.cycles[n % NCycles] = cycle;
	store_rel(&rt_gcstats.ngc, n + 1);
}

static void
print_ms(int64_t ns, const char *after)
{
	uint32_t us = (uint32_t)(ns / 1000), rest = us % 1000;

	rt_printf("%u.%s%u%s", us / 1000, rest < 10 ? "00" : rest < 100 ? "0" : "", rest, after);
}

// Prints the seed's line of GODEBUG=gctrace, but with microseconds.
static void
trace(const MemTotals *before, int64_t mark_ns, int64_t sweep_ns, int64_t rest_ns)
{
	rt_printf("gc%u(%d): ", rt_gcstats.ngc, gomaxprocs);
	print_ms(mark_ns, "+");
	print_ms(sweep_ns, "+");
	print_ms(rest_ns, " ms ");
	rt_printf("%U -> %U MB %U -> %U (%U-%U) objects %u handoff\n", before->bytes[1] >> 20,
	          (uint64_t)rt_gcstats.live >> 20, before->nmalloc[1] - before->nfree[1],
	          rt_gcstats.nlive, before->nmalloc[1], before->nfree[1], rt_gcstats.nhandoff);
}

static void
flush_caches(void)
{
	rt_mcache_flushruns(rt_mem_shared());
	for (int32_t i = 0; i < MaxProcs && allp[i]; i++)
		rt_mcache_flushruns(allp[i]->mcache);
}

// While the world is stopped.
static void
collect(int64_t began, int64_t sweep_ns)
{
	uintptr_t reached = loadp_acq(&rt_heaplive), next;
	int64_t marking, marked, ended;
	MemTotals before;
	Marked found;
	M *helpers = rt_mark_helpers();

	rt_about_lock();
	rt_mem_lock();
	flush_caches();
	if (rt_debug.gctrace)
		rt_mem_totals(&before);
	if (rt_debug.heapcheck)
		rt_mem_check();
	marking = os_nanotime();
	rt_trace_now(TraceGcBegin, 0, 0);
	found = rt_mark(helpers);
	rt_gcstats.nlive = found.blocks;
	rt_gcstats.nhandoff = found.nhandoff;
	rt_weak_collect();
	rt_final_collect();
	rt_mem_marked();
	marked = os_nanotime();
	rt_trace_now(TraceGcMarked, 0, 0);
	store_seq(&rt_sweepgen, load_relaxed(&rt_sweepgen) + 2);
	rt_sweep_restart();
	rt_gcstats.live = (uintptr_t)found.bytes;
	next = next_trigger((uintptr_t)found.bytes);
	storep_rel(&rt_heaplive, (uintptr_t)found.bytes);
	set_trigger(next, gc.most);
	ended = os_nanotime();
	rt_trace_now(TraceGcEnd, 0, 0);
	keep((GCCycle){
		.end_ns = (uint64_t)ended,
		.pause_ns = (uint64_t)(ended - began),
		.before = reached,
		.after = (uintptr_t)found.bytes,
		.next = rt_gcstats.next,
	});
	store64_rel(&gc.ended, (uint64_t)ended);
	rt_mem_unlock();
	rt_about_unlock();
	// Only after the unlocking: a full ring of output waits for the host's thread, which may
	// itself wait for memory.
	if (rt_debug.gctrace)
		trace(&before, marked - marking, sweep_ns, ended - began - (marked - marking));
}

// Readies the goroutines that wait for completed cycles, and the hasty ones if the cycle is put
// off. True: others wait for the next cycle.
static bool
ready_waiters(uint32_t completed, bool putoff)
{
	Waiter **link = &gc.waiters, *wt, *first = NULL;
	bool more;

	rt_lock(&gc.lock);
	while ((wt = *link) != NULL) {
		if (wt->cycle <= completed || (putoff && wt->hasty)) {
			*link = wt->next;
			wt->next = first;
			first = wt;
		} else {
			link = &wt->next;
		}
	}
	more = gc.waiters != NULL;
	rt_unlock(&gc.lock);
	while ((wt = first) != NULL) {
		first = wt->next;
		rt_ready(wt->gp); // wt was on its stack
	}
	return more;
}

// Stops the world at a moment when all roots can be seen. Returns the time at which it began to
// stop.
MAYSWITCH static int64_t
stop(void)
{
	int64_t pause = FirstPause;

	for (;;) {
		int64_t began;

		rt_semacquire_at(&rt_worldsema, WaitSemacquire, false);
		began = os_nanotime();
		rt_m()->gcing = 1;
		rt_stoptheworld();
		store_seq(&gc.putoff, rt_roots_hidden());
		if (!load_seq(&gc.putoff))
			return began;
		rt_world_end();
		ready_waiters(load_relaxed(&rt_gcstats.ngc), true);
		go_sleep(pause);
		if (pause < LongestPause)
			pause *= 2;
	}
}

// Runs a cycle. True: somebody waits for it to be swept (go_gc does).
MAYSWITCH static bool
cycle(void)
{
	uint32_t number;
	bool forced;
	int64_t swept = os_nanotime(), began;

	rt_sweep_all();
	swept = os_nanotime() - swept;
	began = stop();
	store_seq(&gc.server.wanted, 0);
	rt_lock(&gc.lock);
	number = ++gc.started;
	forced = false;
	for (const Waiter *wt = gc.waiters; wt; wt = wt->next)
		forced |= wt->sweep;
	rt_unlock(&gc.lock);
	store_seq(&sched.collecting, 1);
	collect(began, swept);
	store_seq(&sched.collecting, 0);
	if (rt_hooks.on_collected)
		rt_hooks.on_collected();
	rt_world_end();
	rt_final_wake();
	if (forced || over_limit())
		rt_sweep_all();
	if (ready_waiters(number, false))
		store_seq(&gc.server.wanted, 1);
	return forced;
}

// --- the service goroutine ---

MAYSWITCH static void
serve(void *arg)
{
	(void)arg;
	for (;;) {
		while (load_seq(&gc.server.wanted))
			if (!cycle() && rt_debug.gctrace > 1)
				cycle();
		while (!load_seq(&gc.server.wanted) && rt_sweep_one())
			go_gosched();
		rt_server_wait(&gc.server, WaitGCIdle);
	}
}

// Called by an allocation. This M is to come soon to its scheduler, which runs the service
// goroutine first.
static void
trigger(void)
{
	M *mp = rt_m();

	rt_server_want(&gc.server);
	if (mp && mp->p)
		rt_raise(mp, PreemptStop);
}

// Called by an allocation when the collection is overdue.
static void
brake(void)
{
	M *mp = rt_m();

	if (mp && mp->p)
		rt_raise(mp, PreemptStop);
}

// Called by sysmon. Other memory may have grown since the last cycle, and the limit is for all of
// it together.
static void
watch_limit(void)
{
	uint64_t now = beside(), more = now > gc.beside ? now - gc.beside : 0;
	uint64_t most = gc.most > more ? gc.most - more : 0;
	uintptr_t least = least_trigger(rt_gcstats.live);
	uint64_t next = early(most) < least ? least : early(most);

	if (next < rt_gcstats.next && !load_seq(&gc.server.wanted))
		set_trigger((uintptr_t)next, most);
}

// Called by sysmon. Collects rt_gcperiod after the last cycle, even if the program has stopped
// allocating.
static void
watch(int64_t now)
{
	watch_limit();
	if (gc.percent >= 0 && loadp_acq(&rt_heaplive) > 0 &&
	    now - (int64_t)load64_acq(&gc.ended) > (int64_t)load64_acq(&rt_gcperiod))
		trigger();
}

// --- settings ---

bool
rt_gcenabled(void)
{
	return gc.percent >= 0;
}

// Digits and B, KiB, MiB, GiB, TiB, as Go reads them.
static bool
bytes_of(const char *s, int64_t *v)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	const char *end = s + strspn(s, "0123456789");
	uint32_t i = 0;

	while (*end && i < nelem(units) && strcmp(end, units[i]) != 0)
		i++;
	if (i == nelem(units) || !rt_env_number(s, end, 0, INT64_MAX >> 10 * i, v))
		return false;
	*v <<= 10 * i;
	return true;
}

static void
read_settings(const char *gogc, const char *memlimit)
{
	if (gogc && strcmp(gogc, "off") == 0)
		gc.percent = -1;
	else
		rt_env_int32("GOGC", gogc, INT32_MIN, &gc.percent);
	if (gc.percent < 0)
		gc.percent = -1;
	if (memlimit && strcmp(memlimit, "off") == 0)
		gc.limit = INT64_MAX;
	else if (memlimit && *memlimit && !bytes_of(memlimit, &gc.limit))
		rt_env_fault("GOMEMLIMIT", memlimit,
		             "bytes, as 100MiB (B, KiB, MiB, GiB, TiB), or off");
}

void
rt_gcinit(const char *gogc, const char *memlimit)
{
	read_settings(gogc, memlimit);
	rt_mem_hooks.on_trigger = trigger;
	rt_mem_hooks.on_brake = brake;
	rt_mem_hooks.on_full = rt_sweep_all;
	rt_hooks.on_helpgc = rt_mark_help;
	rt_hooks.on_watch = watch;
	store64_rel(&gc.ended, (uint64_t)os_nanotime());
	repace();
}

void
rt_gcstart(void)
{
	static const Site site = {"", "", 0};

	rt_newproc(serve, NULL, 32 << 10, &site, true);
}

// --- what programs call ---

MAYSWITCH static void
wait_for_cycle(bool sweep, bool hasty)
{
	Waiter wt = {.gp = rt_g(), .sweep = sweep, .hasty = hasty};

	rt_lock(&gc.lock);
	wt.cycle = gc.started + 1;
	wt.next = gc.waiters;
	gc.waiters = &wt;
	rt_server_want(&gc.server);
	rt_park_unlock(&gc.lock, WaitGC);
}

void
go_gc(void)
{
	wait_for_cycle(true, false);
}

void
rt_gc_for_memory(void)
{
	if (os_can_collect() && !load_seq(&gc.putoff))
		wait_for_cycle(true, true);
}

void
rt_gc_poll(void)
{
	if (load_seq(&gc.server.wanted) && !load_seq(&gc.putoff) &&
	    loadp_acq(&rt_heaplive) >= loadp_acq(&rt_gcbrake) && os_can_collect())
		wait_for_cycle(false, true);
	else
		rt_safepoint();
}

int
go_set_gc_percent(int percent)
{
	int old;

	rt_world_begin();
	old = gc.percent;
	gc.percent = percent < 0 ? -1 : percent;
	repace();
	rt_world_end();
	return old;
}

int64_t
go_set_memory_limit(int64_t bytes)
{
	int64_t old;

	rt_world_begin();
	old = gc.limit;
	if (bytes >= 0) {
		gc.limit = bytes;
		repace();
	}
	rt_world_end();
	return old;
}
