#ifndef RT_ABOUT_H
#define RT_ABOUT_H

// Records about places in collected memory, found by address: finalizers and weak references.
// The records are blocks of malloc, which the collector reads as roots. Addresses in them are
// inverted, so that a record does not keep its block alive.

#include "../base/base.h"
#include "../mem/malloc.h"

typedef struct About About;
struct About { // the first field of a record
	uintptr_t hidden;
	About *next;
};

typedef struct AboutTable AboutTable;
struct AboutTable {
	About **buckets;
	size_t nbuckets, n;
};

static inline uintptr_t
rt_hide(const void *p)
{
	return ~(uintptr_t)p;
}

static inline void *
rt_unhide(uintptr_t hidden)
{
	return (void *)~hidden;
}

// One lock for all these tables. The collector takes it before the allocator's lock and holds it
// while it marks.
void rt_about_lock(void);
void rt_about_unlock(void);

// The link to the record about this address. If there is no record, the link is NULL, and a new
// record goes there. Out of memory is fatal.
About **rt_about(AboutTable *t, const void *p);
void rt_about_insert(AboutTable *t, About **at, About *a, const void *p);
About *rt_about_remove(AboutTable *t, About **at);

// Finds the block of collected memory that holds an address: its span, and its number in i. NULL:
// there is none.
Span *rt_about_block(const void *p, uint32_t *i);
// The state of the block that holds a hidden address. There must be such a block.
uint8_t *rt_about_state(uintptr_t hidden);

#endif
