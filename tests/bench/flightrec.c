// What the flight recorder costs: pairs of short batches, one with it and one without, in one
// process on one P. What else the machine does befalls both of a pair, or few of them: the median
// of their ratios counts. Also the best batch of each kind.

#include "../../runtime/sched/sched.h"
#include "bench.h"

enum { Pairs = 8000, Turns = 500, MaxThreads = 512 };

double bench_ns;
bool bench_warm;

static const char *const names[] = {"yield", "chan_sync", "select_blocking", "go_create"};

static void
record(bool on)
{
	static uintptr_t kept[MaxThreads];

	for (M *mp = (M *)loadp_acq(&sched.allm); mp && mp->id < MaxThreads; mp = mp->alllink) {
		uintptr_t at = loadp_acq(&mp->trace.at);

		if (at)
			kept[mp->id] = at;
		storep_relaxed(&mp->trace.at, on ? kept[mp->id] : 0);
	}
}

static const Bench *
find(const char *name)
{
	static const Bench *const all[] = {bench_switch, bench_sync};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		for (const Bench *b = all[i]; b->name; b++)
			if (strcmp(b->name, name) == 0)
				return b;
	printf("no benchmark %s\n", name);
	exit(1);
}

static double
ns_of(const Bench *b, bool on)
{
	int64_t begin;

	record(on);
	begin = go_nanotime();
	b->run(Turns);
	return (double)(go_nanotime() - begin) / Turns;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
compare(const Bench *b)
{
	static double ratios[Pairs];
	double best[2] = {1e9, 1e9};

	for (int i = 0; i < Pairs; i++) {
		double ns[2];

		ns[i & 1] = ns_of(b, i & 1);
		ns[~i & 1] = ns_of(b, ~i & 1);
		ratios[i] = ns[1] / ns[0];
		for (int on = 0; on < 2; on++)
			best[on] = ns[on] < best[on] ? ns[on] : best[on];
	}
	qsort(ratios, Pairs, sizeof ratios[0], by_size);
	printf("%-16s %+.1f %%; the best %.1f ns, without it %.1f ns\n", b->name,
	       100 * (ratios[Pairs / 2] - 1), best[1], best[0]);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		compare(find(names[i]));
	return 0;
}
