#include "owned.h"

#include <stdlib.h>

bool
rt_owned_enter(OwnedTable *t, G *gp, uint32_t node)
{
	if (t->n + OwnedPerG > t->room)
		return false;
	t->at[t->n++] = (Owned){.lo = gp->sp, .hi = gp->stack_hi, .gp = gp, .node = node};
	t->at[t->n++] =
		(Owned){.lo = (uintptr_t)gp, .hi = (uintptr_t)gp + 1, .gp = gp, .node = node};
	return true;
}

static int
by_address(const void *a, const void *b)
{
	const Owned *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

void
rt_owned_sort(OwnedTable *t)
{
	qsort(t->at, t->n, sizeof *t->at, by_address);
}

Owned *
rt_owned_find(const OwnedTable *t, uintptr_t p)
{
	size_t lo = 0, hi = t->n;

	if (hi == 0 || p < t->at[0].lo || p >= t->at[hi - 1].hi)
		return NULL;
	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (p < t->at[mid].lo)
			hi = mid;
		else
			lo = mid;
	}
	return p < t->at[lo].hi ? &t->at[lo] : NULL;
}
