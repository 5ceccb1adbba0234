// assert calls abort, which prints the stacks.

#include <assert.h>
#include <worldsema.h>

static volatile int zero;

__attribute__((noinline)) static void
asserts(int n)
{
	assert(n == zero);
}

int
main(void)
{
	asserts(1);
	return 0;
}
