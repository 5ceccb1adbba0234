#ifndef RT_OWNED_H
#define RT_OWNED_H

// Where words point that lead to a goroutine: its record, or what is in use of its stack. For whoever
// stopped the world.

#include "../base/gmp.h"

typedef struct Owned Owned;
struct Owned {
	uintptr_t lo, hi;
	G *gp;
	uint32_t node, seen; // waits.c's
};

typedef struct OwnedTable OwnedTable;
struct OwnedTable {
	Owned *at; // by address, when all are entered
	size_t n, room;
};

enum { OwnedPerG = 2, OwnedMore = 64 };

// False: no room.
bool rt_owned_enter(OwnedTable *t, G *gp, uint32_t node);
void rt_owned_sort(OwnedTable *t);
// NULL: nobody's.
Owned *rt_owned_find(const OwnedTable *t, uintptr_t p);

#endif
