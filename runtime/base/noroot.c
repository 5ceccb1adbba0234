#include "noroot.h"

enum { MaxNoRoots = 64 };

// In ascending order. A variable for which there was no room stays a root.
static OsRange list[MaxNoRoots];
static uint32_t n;

void
rt_noroot(const void *p, size_t bytes)
{
	uintptr_t lo = (uintptr_t)p;
	uint32_t i = n;

	if (n == MaxNoRoots)
		return;
	for (n++; i > 0 && list[i - 1].lo > lo; i--)
		list[i] = list[i - 1];
	list[i] = (OsRange){lo, lo + bytes};
}

void
rt_noroot_without(OsRange r, void (*each)(void *arg, OsRange r), void *arg)
{
	for (uint32_t i = 0; i < n; i++)
		if (list[i].lo >= r.lo && list[i].hi <= r.hi) {
			each(arg, (OsRange){r.lo, list[i].lo});
			r.lo = list[i].hi;
		}
	each(arg, r);
}
