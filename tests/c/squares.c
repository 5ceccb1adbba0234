// The example of worldsema.h: an unbuffered channel hands over ten numbers.

#include <stdio.h>
#include <worldsema.h>

static void
square(void *arg)
{
	GoChan *c = arg;
	int n;

	while (go_chan_recv(c, &n))
		printf("%d\n", n * n);
}

int
main(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);

	go(square, c);
	for (int i = 0; i < 10; i++)
		go_chan_send(c, &i);
	go_chan_close(c);
	go_gosched();
	return 0;
}
