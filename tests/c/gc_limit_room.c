// Between the moment when a collection is due and the stop of the world, goroutines allocate. A
// collection that the limit decides is due so early that they stay below the limit.
//
// counts

#include "check.h"

enum { Room = 64 << 20 };

int
main(void)
{
	GoMemStats s;
	int64_t limit, left;

	go_set_gc_percent(-1);
	go_read_mem_stats(&s);
	limit = (int64_t)(s.sys - s.heap_idle) + Room;
	go_set_memory_limit(limit);
	go_gc();
	go_read_mem_stats(&s);
	left = limit - (int64_t)(s.sys - s.heap_idle - s.heap_alloc); // for collected memory
	check(left > Room / 2);
	check((int64_t)s.next_gc > left / 2);
	check((int64_t)s.next_gc < left - left / 32);
	printf("done\n");
	return 0;
}
