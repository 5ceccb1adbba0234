// go_callers and go_func_for_pc name the callers and their lines, also where the compiler merged
// functions. skip and max cut from the ends.

#include "check.h"

enum { Max = 40 };

static uintptr_t pcs[Max];
static size_t n;
static int lines[5]; // of the calls, innermost first

__attribute__((noinline)) static void
innermost(int skip, size_t max)
{
	// clang-format off
	n = go_callers(skip, pcs, max); lines[0] = __LINE__;
	// clang-format on
}

__attribute__((always_inline)) static inline void
inlined(int skip, size_t max)
{
	// clang-format off
	innermost(skip, max); lines[1] = __LINE__;
	// clang-format on
}

__attribute__((noinline)) static void
middle(int skip, size_t max)
{
	// clang-format off
	inlined(skip, max); lines[2] = __LINE__;
	// clang-format on
}

typedef struct Args Args;
struct Args {
	int skip;
	size_t max;
};

__attribute__((noinline)) static void
by_pointer(void *arg)
{
	const Args *a = arg;

	// clang-format off
	middle(a->skip, a->max); lines[3] = __LINE__;
	// clang-format on
}

static GoWaitGroup wg;

// All frames from innermost out, as far as they are the program's: name line inlined.
static void
show(int left_out)
{
	static const char *const names[] = {"innermost", "inlined", "middle", "by_pointer"};
	int at = left_out;

	for (size_t i = 0; i < n; i++) {
		GoFrame f[4];
		size_t nf = go_func_for_pc(pcs[i], f, 4);

		check(nf >= 1 && nf <= 4);
		for (size_t k = 0; k < nf; k++) {
			check(f[k].func && f[k].file);
			check(f[k].inlined == (k + 1 < nf));
			check(f[k].entry <= pcs[i] && f[k].entry != 0);
			if (!strstr(f[k].file, "callers.c"))
				continue; // the runtime's
			if (strcmp(f[k].func, "goroutine") == 0)
				continue;
			check(at < 4);
			check(strcmp(f[k].func, names[at]) == 0);
			check(f[k].line == lines[at]);
			check(f[k].inlined == (at == 1));
			at++;
		}
		// As many as there is room for, but all are counted.
		check(go_func_for_pc(pcs[i], f, 0) == nf);
		check(go_func_for_pc(pcs[i], f, 1) == nf);
	}
	printf("from %d to %d\n", left_out, at);
}

static void
goroutine(void *arg)
{
	uintptr_t all[Max];
	size_t total;

	by_pointer(arg);
	total = n;
	memcpy(all, pcs, sizeof all);
	show(0);
	for (int skip = 0; skip < (int)total + 3; skip++) {
		by_pointer(&(Args){skip, Max});
		check(n == (skip < (int)total ? total - (size_t)skip : 0));
		// All but the outermost, which called from another line.
		for (size_t i = 0; i + 1 < n; i++)
			check(pcs[i] == all[(size_t)skip + i]);
	}
	for (size_t max = 0; max <= total + 1; max++) {
		pcs[max] = 12345; // no pc
		by_pointer(&(Args){0, max});
		check(n == (max < total ? max : total));
		check(pcs[max] == 12345);
	}
	go_waitgroup_done(&wg);
}

int
main(void)
{
	Args all = {0, Max};
	GoFrame f;

	check(go_callers(0, NULL, 0) == 0);
	check(go_func_for_pc(0, &f, 1) == 0);
	check(go_func_for_pc(UINTPTR_MAX >> 2, &f, 1) == 0);
	go_waitgroup_add(&wg, 1);
	go(goroutine, &all);
	go_waitgroup_wait(&wg);
	return 0;
}
