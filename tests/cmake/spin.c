#include <stdatomic.h>

void spin_until(atomic_int *state);

void
spin_until(atomic_int *state)
{
	*state = 1;
	while (*state != 2)
		;
}
