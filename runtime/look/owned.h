#ifndef RT_OWNED_H
#define RT_OWNED_H

// Where words point that lead to a goroutine: its record, or what is in use of its stack. Only
// whoever stopped the world may call any of this.

#include "../base/gmp.h"

typedef struct Owned Owned;
struct Owned {
	uintptr_t lo, hi;
	G *gp;
	uint32_t node, seen; // waits.c's
};

// There is one table, and it is valid only for as long as the world is stopped. Empties it, with
// room for the goroutines that there are. False: out of memory.
bool rt_owned_begin(void);
void rt_owned_enter(G *gp, uint32_t node);
// When all are entered.
void rt_owned_sort(void);
// NULL: nobody's.
Owned *rt_owned_find(uintptr_t p);

#endif
