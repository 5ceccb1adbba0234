// The figures of memory agree with each other, and they count what happens.
// counts

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

static void
holds(const GoMemStats *s)
{
	uint64_t mallocs = 0, frees = 0;

	for (int i = 0; i < 61; i++) {
		mallocs += s->by_size[i].mallocs;
		frees += s->by_size[i].frees;
	}
	if (s->heap_objects != s->mallocs - s->frees)
		printf("objects\n");
	if (s->heap_inuse + s->heap_idle != s->heap_sys)
		printf("pages\n");
	if (s->heap_alloc > s->heap_inuse || s->heap_alloc > s->total_alloc)
		printf("alloc\n");
	if (s->malloc_bytes + s->collected_bytes != s->heap_alloc)
		printf("kinds\n");
	if (s->mspan_inuse > s->mspan_sys || s->mcache_inuse > s->mcache_sys || !s->mspan_inuse ||
	    !s->mcache_inuse || s->frames > s->stack_inuse)
		printf("records\n");
	if (s->heap_sys + s->stack_sys + s->mspan_sys + s->mcache_sys + s->buck_hash_sys +
	                    s->gc_sys + s->other_sys !=
	            s->sys ||
	    s->other_sys > s->sys)
		printf("sys\n");
	if (mallocs > s->mallocs || frees > s->frees || frees > mallocs)
		printf("sizes\n");
}

static void *kept[1000];
// volatile: a compiler may leave out a store that nobody reads again.
static void *volatile collected[1000];

__attribute__((noinline)) static void
allocate(void)
{
	for (int i = 0; i < 1000; i++) {
		collected[i] = go_alloc(100);
		kept[i] = malloc(100);
	}
	kept[0] = realloc(kept[0], 50000);
}

int
main(void)
{
	static GoMemStats a, b, c;

	go_gc();
	go_read_mem_stats(&a);
	allocate();
	go_read_mem_stats(&b);
	// The runtime uses malloc, too, when a worker starts.
	printf("malloc: %s blocks, %s bytes\n",
	       b.malloc_blocks - a.malloc_blocks - 1000 < 50 ? "1000" : "other",
	       b.malloc_bytes - a.malloc_bytes - 999 * 112 < 4 << 20 ? "all" : "other");
	printf("collected: %llu blocks, %llu bytes\n",
	       (unsigned long long)(b.collected_blocks - a.collected_blocks),
	       (unsigned long long)(b.collected_bytes - a.collected_bytes));
	for (int i = 0; i < 1000; i++)
		free(kept[i]), collected[i] = NULL;
	go_gc();
	go_read_mem_stats(&c);
	printf("malloc: %s\n", c.malloc_blocks < a.malloc_blocks + 50 ? "few" : "many");
	// What malloc gives is a root as it is: old words in it may keep a block each.
	printf("collected: %s\n", c.collected_blocks < a.collected_blocks + 200 ? "few" : "many");
	printf("collections: %d\n", c.num_gc == b.num_gc + 1 && b.num_gc >= a.num_gc);
	printf("last pause: %d\n", c.pause_ns[(c.num_gc + 255) % 256] > 0 &&
	                                   c.pause_ns[(c.num_gc + 255) % 256] <= c.pause_total_ns);
	printf("grows: %d\n",
	       c.mallocs >= b.mallocs && c.total_alloc >= b.total_alloc && b.mallocs > a.mallocs);
	holds(&a);
	holds(&b);
	holds(&c);
	return 0;
}
