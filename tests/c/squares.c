// An unbuffered channel hands over ten numbers. Another channel says when they are printed.

#include <stdio.h>
#include <worldsema.h>

static GoChan *done;

static void
square(void *arg)
{
	GoChan *c = arg;
	int n;

	while (go_chan_recv(c, &n))
		printf("%d\n", n * n);
	go_chan_close(done);
}

int
main(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);

	done = go_chan_make(0, 0);
	go(square, c);
	for (int i = 0; i < 10; i++)
		go_chan_send(c, &i);
	go_chan_close(c);
	go_chan_recv(done, NULL);
	return 0;
}
