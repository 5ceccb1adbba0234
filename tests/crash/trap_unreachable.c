// What the compiler makes of the unreachable.

#include <worldsema.h>

__attribute__((noinline)) static void
traps(void)
{
	__builtin_trap();
}

int
main(void)
{
	traps();
	return 0;
}
