#ifndef RT_MSTATS_H
#define RT_MSTATS_H

// Statistics. Each cache counts for itself, and the reader adds up. The figures are exact if the
// world is stopped and the lock of threads without a P is held; otherwise they are a glance.

#include "malloc.h"

typedef struct MemTotals MemTotals;
struct MemTotals { // [0] uncollected, [1] collected
	uint64_t nmalloc[2], nfree[2];
	uint64_t bytes[2];      // in blocks that are not free
	uint64_t totalbytes[2]; // ever
	uint64_t bynmalloc[2][NClasses], bynfree[2][NClasses];
	uint64_t sys, idle, longest; // bytes: from the machine, in free runs, in the longest run
	uint64_t spaninuse, spansys; // records of spans
	uint64_t cacheinuse, cachesys;
	uint64_t meta; // the other records
};

void rt_mem_totals(MemTotals *t);
// bytes[0] alone, which is cheap. At a glance, blocks on their way between a cache and its central
// may be missing, or be counted twice.
uint64_t rt_mem_uncollected(void);

// Checks every span, list and state. Prints what is broken and throws "mem: the heap is broken".
// The world is stopped, and the lock of threads without a P held.
void rt_mem_check(void);

#endif
