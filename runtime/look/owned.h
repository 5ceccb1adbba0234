#ifndef RT_OWNED_H
#define RT_OWNED_H

// Finds the goroutine that owns an address: the address is its record, or lies in the used part of
// its stack. Only whoever stopped the world may call any of this.

#include "../base/gmp.h"

typedef struct Owned Owned;
struct Owned {
	uintptr_t lo, hi;
	G *gp;
	uint32_t node, seen; // for waits.c
};

// There is one table, valid only while the world is stopped. This empties it, and makes room for
// all goroutines. False: out of memory.
bool rt_owned_begin(void);
void rt_owned_enter(G *gp, uint32_t node);
// Call it after all goroutines are entered, and before the first search.
void rt_owned_sort(void);
// NULL: no goroutine owns p.
Owned *rt_owned_find(uintptr_t p);

#endif
