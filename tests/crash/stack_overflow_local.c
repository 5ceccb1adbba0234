// One array is larger than the whole stack.

#include <string.h>
#include <worldsema.h>

static volatile int size = 100000;

__attribute__((noinline)) static int
big(int n)
{
	char room[100000];

	memset(room, n, (size_t)size);
	return room[size / 2];
}

static void
calls(void *unused)
{
	(void)unused;
	size = big(size);
}

int
main(void)
{
	go(calls, NULL);
	for (;;)
		go_gosched();
}
