#ifndef RT_ABOUT_H
#define RT_ABOUT_H

// Records about places in collected memory, found by address: finalizers and weak references.
// Records are blocks of malloc, which the collector reads as roots; so that they do not keep what
// they are about, addresses in them are hidden: inverted.

#include "../base/base.h"
#include "../mem/malloc.h"

typedef struct About About;
struct About { // first in a record
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

// For all these tables; the collector holds it while it marks, before the allocator's lock.
void rt_about_lock(void);
void rt_about_unlock(void);

// Where the record about this address hangs, or NULL hangs and it would. Out of memory is fatal.
About **rt_about(AboutTable *t, const void *p);
void rt_about_insert(AboutTable *t, About **at, About *a, const void *p);
About *rt_about_remove(AboutTable *t, About **at);

// The block of collected memory that holds an address; NULL: there is none.
Span *rt_about_block(const void *p, uint32_t *i);
// The state of the block that holds a hidden address, which is known to be in one.
uint8_t *rt_about_state(uintptr_t hidden);

#endif
