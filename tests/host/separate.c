// A program that ends, or waits for ever: its names and lines lie in a file beside it.
#include <stdio.h>
#include <worldsema.h>

__attribute__((noinline)) static void
wait_for_ever(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);
	int x;

	go_chan_recv(c, &x);
	printf("%d\n", x);
}

int
main(int argc, char **argv)
{
	(void)argv;
	puts("hello");
	if (argc > 1)
		wait_for_ever();
	return 0;
}
