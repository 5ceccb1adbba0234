#include "visit.h"

int
visit(int (*next)(void *arg), void *arg)
{
	int n, sum = 0;

	while ((n = next(arg)) >= 0)
		sum += n;
	return sum;
}
