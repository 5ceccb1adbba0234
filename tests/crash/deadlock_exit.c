// main called go_exit, and no goroutine is left.

#include <worldsema.h>

static void
yields(void *unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++)
		go_gosched();
}

int
main(void)
{
	go(yields, NULL);
	go_exit();
}
