// The heap profile with a rate of 1: every block, by the function that asked for it, malloc's and
// go_alloc's, as of the last collection; and nothing of it with a rate of 0.
// counts

#include "check.h"

enum { Blocks = 100, Max = 2000 };

static GoMemProfileRecord records[Max];
static size_t n;
static void *kept[Blocks];

// The sum over the stacks that this function is in.
static GoMemProfileRecord
of(const char *func)
{
	GoMemProfileRecord sum = {0};

	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (int k = 0; k < 32 && records[i].pcs[k]; k++) {
			GoFrame f[8];
			size_t nf = go_func_for_pc(records[i].pcs[k], f, 8);

			for (size_t j = 0; j < nf && j < 8; j++)
				found |= strcmp(f[j].func, func) == 0;
		}
		if (!found)
			continue;
		sum.alloc_bytes += records[i].alloc_bytes;
		sum.free_bytes += records[i].free_bytes;
		sum.alloc_objects += records[i].alloc_objects;
		sum.free_objects += records[i].free_objects;
	}
	return sum;
}

static void
show(const char *when, const char *func)
{
	GoMemProfileRecord r;

	check(go_mem_profile(records, Max, &n, true));
	r = of(func);
	printf("%s: %s: %llu: %llu [%llu: %llu]\n", when, func,
	       (unsigned long long)(r.alloc_objects - r.free_objects),
	       (unsigned long long)(r.alloc_bytes - r.free_bytes),
	       (unsigned long long)r.alloc_objects, (unsigned long long)r.alloc_bytes);
}

__attribute__((noinline)) static void
by_malloc(void)
{
	for (int i = 0; i < Blocks; i++)
		kept[i] = malloc(100);
}

__attribute__((noinline)) static void
by_library(void)
{
	static char text[] = "a text that strdup copies";

	for (int i = 0; i < Blocks; i++)
		kept[i] = strdup(text);
}

__attribute__((noinline)) static void
large(void)
{
	kept[0] = malloc(100000);
	kept[0] = realloc(kept[0], 200000);
}

__attribute__((noinline)) static void
by_go_alloc(void)
{
	for (int i = 0; i < Blocks; i++)
		kept[i] = i % 2 ? go_alloc(40) : go_alloc_noscan(40);
}

__attribute__((noinline)) static void
unprofiled(void)
{
	for (int i = 0; i < Blocks; i++)
		kept[i] = malloc(100);
}

// Where what was left on the stack is overwritten.
__attribute__((noinline)) static void
wipe(void)
{
	volatile char room[2000];

	memset((char *)room, 0, sizeof room);
}

static void
free_kept(int count)
{
	for (int i = 0; i < count; i++)
		free(kept[i]);
	memset(kept, 0, sizeof kept);
}

static GoMemStats before, after;

// All that was allocated in between, and what the profile says of it.
static void
reconcile(void)
{
	uint64_t mallocs = 0, bytes = 0;

	go_gc();
	check(go_mem_profile(records, Max, &n, true));
	for (size_t i = 0; i < n; i++) {
		mallocs -= records[i].alloc_objects;
		bytes -= records[i].alloc_bytes;
	}
	go_read_mem_stats(&before);
	by_malloc();
	free_kept(Blocks);
	by_go_alloc();
	go_read_mem_stats(&after);
	go_gc();
	check(go_mem_profile(records, Max, &n, true));
	for (size_t i = 0; i < n; i++) {
		mallocs += records[i].alloc_objects;
		bytes += records[i].alloc_bytes;
	}
	// The runtime allocates, too.
	check(mallocs >= 2 * Blocks && mallocs - (after.mallocs - before.mallocs) + 20 < 40);
	check(bytes >= Blocks * (112 + 48));
	check(after.buck_hash_sys > 179999 * sizeof(void *));
}

int
main(void)
{
	check(go_set_mem_profile_rate(1) == 512 << 10);
	by_malloc();
	show("first look", "by_malloc"); // folds, for there was no collection yet
	free_kept(Blocks);
	show("freed", "by_malloc");
	go_gc();
	show("collected", "by_malloc");

	by_library();
	show("not collected", "by_library");
	go_gc();
	show("collected", "by_library");
	free_kept(Blocks);

	large();
	go_gc();
	show("collected", "large");
	free_kept(1);
	go_gc();
	show("freed", "large");

	by_go_alloc();
	go_gc();
	show("kept", "by_go_alloc");
	memset(kept, 0, sizeof kept);
	wipe();
	go_gc();
	check(go_mem_profile(records, Max, &n, true));
	check(of("by_go_alloc").free_objects >= Blocks - 2); // a word may look like a pointer
	reconcile();

	check(go_set_mem_profile_rate(0) == 1);
	unprofiled();
	go_gc();
	show("off", "unprofiled");
	check(go_set_mem_profile_rate(-5) == 0);
	check(go_set_mem_profile_rate(INT32_MAX) == 0);
	check(go_set_mem_profile_rate(1) == 0x3fffffff);
	free_kept(Blocks);
	return 0;
}
