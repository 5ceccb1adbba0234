// A goroutine asks for a stack that is too large.

#include <worldsema.h>

static void
nothing(void *unused)
{
	(void)unused;
}

int
main(void)
{
	go_with_stack(nothing, NULL, (256 << 20) + 1);
	return 0;
}
