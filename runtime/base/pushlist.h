#ifndef RT_PUSHLIST_H
#define RT_PUSHLIST_H

#include <string.h>

#include "atomic.h"

// A list on which any thread puts nodes without a lock. Whoever takes, takes the whole list, so no
// node is taken twice and no thread waits for another one. A node's link is a pointer inside it, at
// the offset that callers give. After Treiber's stack (1986), without its pop.

ALWAYS_INLINE void
rt_push(AtomicPtr *list, void *node, size_t link)
{
	uintptr_t head;

	do {
		head = loadp_acq(list);
		memcpy((char *)node + link, &head, sizeof head);
	} while (!casp_acqrel(list, head, (uintptr_t)node));
}

// Takes the whole list, newest node first.
ALWAYS_INLINE void *
rt_take(AtomicPtr *list)
{
	return (void *)swapp_acqrel(list, 0);
}

// Takes the whole list, oldest node first.
ALWAYS_INLINE void *
rt_take_in_order(AtomicPtr *list, size_t link)
{
	void *node = rt_take(list), *first = NULL, *next;

	for (; node; node = next) {
		memcpy(&next, (char *)node + link, sizeof next);
		memcpy((char *)node + link, &first, sizeof first);
		first = node;
	}
	return first;
}

#endif
