// An address beyond the end of the memory, in a goroutine that has moved.

#include <worldsema.h>

__attribute__((noinline)) static int
reads(volatile int *p)
{
	go_gosched();
	return *p;
}

static void
goes(void *arg)
{
	volatile int value = reads(arg);

	(void)value;
}

int
main(void)
{
	go(goes, (void *)0xfffffff0);
	for (;;)
		go_gosched();
}
