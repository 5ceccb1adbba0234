// go_mem_profile: too little room leaves all as it is; newest first; stacks whose blocks are all
// freed are in it only when asked for; unused pcs are 0.

#include "check.h"

enum { Max = 2000, Mark = 0x5a5a5a5a };

static GoMemProfileRecord records[Max];
static void *volatile p;

__attribute__((noinline)) static void
older(void)
{
	p = malloc(1000);
}

__attribute__((noinline)) static void
newer(void)
{
	free(malloc(3000));
	p = malloc(2000);
}

__attribute__((noinline)) static void
gone(void)
{
	void *volatile q = malloc(700);

	free(q);
}

static bool
holds(const GoMemProfileRecord *r, const char *func)
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

static int
find(size_t n, const char *func)
{
	for (size_t i = 0; i < n; i++)
		if (holds(&records[i], func))
			return (int)i;
	return -1;
}

int
main(void)
{
	size_t all, inuse, n;

	go_set_mem_profile_rate(1);
	older();
	gone();
	newer();
	go_set_mem_profile_rate(0);
	go_gc();

	check(!go_mem_profile(NULL, 0, &all, true) && all >= 3);
	check(!go_mem_profile(NULL, 0, &inuse, false) && inuse < all);
	memset(records, 0x5a, sizeof records);
	check(!go_mem_profile(records, all - 1, &n, true) && n == all);
	for (size_t i = 0; i < Max; i++)
		check(records[i].alloc_bytes == UINT64_C(0x5a5a5a5a5a5a5a5a));

	check(go_mem_profile(records, all, &n, true) && n == all);
	check(records[all].pcs[0] == Mark);
	check(find(n, "newer") < find(n, "gone") && find(n, "gone") < find(n, "older"));
	check(find(n, "newer") >= 0);
	for (size_t i = 0; i < n; i++) {
		int k = 0;

		while (k < 32 && records[i].pcs[k])
			k++;
		for (; k < 32; k++)
			check(records[i].pcs[k] == 0);
	}

	check(go_mem_profile(records, all, &n, false) && n == inuse);
	check(find(n, "older") >= 0 && find(n, "gone") < 0);
	for (size_t i = 0; i < n; i++)
		check(records[i].alloc_bytes != records[i].free_bytes);
	printf("done\n");
	return 0;
}
