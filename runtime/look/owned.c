#include "owned.h"

#include <stdlib.h>

#include "../base/os.h"

enum { PerG = 2 };

// Not a block of malloc: its addresses would count as reachable, and it is not the program's.
static Owned *at; // sorted by address, once all are entered
static size_t n, room;

bool
rt_owned_begin(void)
{
	size_t need = PerG * (size_t)load_acq(&allglen);

	n = 0;
	if (need <= room)
		return true;
	room = 0;
	at = os_alloc(2 * need * sizeof *at);
	if (at)
		room = 2 * need;
	return at != NULL;
}

void
rt_owned_enter(G *gp, uint32_t node)
{
	uintptr_t p = (uintptr_t)gp;

	at[n++] = (Owned){.lo = gp->sp, .hi = gp->stack_hi, .gp = gp, .node = node};
	at[n++] = (Owned){.lo = p, .hi = p + 1, .gp = gp, .node = node};
}

static int
by_address(const void *a, const void *b)
{
	const Owned *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

void
rt_owned_sort(void)
{
	qsort(at, n, sizeof *at, by_address);
}

Owned *
rt_owned_find(uintptr_t p)
{
	size_t lo = 0, hi = n;

	if (hi == 0 || p < at[0].lo || p >= at[hi - 1].hi)
		return NULL;
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (p < at[mid].lo)
			hi = mid;
		else
			lo = mid;
	}
	return p < at[lo].hi ? &at[lo] : NULL;
}
