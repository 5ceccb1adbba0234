// bench NAME [N [WARM]]: one benchmark, one line: NAME iterations ns/op, after WARM iterations
// that do not count (default: a tenth of N). 0: as many as the benchmark has. Without a name: their
// list.

#include "bench.h"

double bench_ns;
bool bench_warm;

// Where collected memory is used all polls unwind, so its benchmarks are a program of their own
// (BENCH_MEM); BENCH_ALL is for looking at everything at once.
static const Bench *const all[] = {
#ifndef BENCH_MEM
	bench_switch, bench_sync, bench_programs, bench_look, bench_stop,
#endif
#if defined BENCH_MEM || defined BENCH_ALL
	bench_mem,
#endif
};

static void
run(const Bench *b, int n, const char *warm)
{
	int before = !warm ? n / 10 : atoi(warm) > 0 ? atoi(warm) : n;
	int64_t begin;

	bench_warm = true;
	b->run(before > 0 ? before : 1);
	bench_warm = false;
	bench_ns = 0;
	begin = go_nanotime();
	b->run(n);
	if (bench_ns == 0)
		bench_ns = (double)(go_nanotime() - begin) / n;
	printf("%s %d %.1f\n", b->name, n, bench_ns);
}

int
main(int argc, char **argv)
{
	int given = argc > 2 ? atoi(argv[2]) : 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		for (const Bench *b = all[i]; b->name; b++)
			if (argc < 2)
				printf("%s\n", b->name);
			else if (strcmp(argv[1], b->name) == 0)
				run(b, given > 0 ? given : b->n, argc > 3 ? argv[3] : NULL);
	return 0;
}
