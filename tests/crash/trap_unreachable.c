// A program reaches what the compiler took for unreachable.

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
