// There is no memory for another stack: the report has the sizes.

#include <worldsema.h>

static void
waits(void *c)
{
	go_chan_recv(c, NULL);
}

int
main(void)
{
	GoChan *c = go_chan_make(0, 0);

	for (int i = 0; i < 20; i++) // 256 MiB each: the memory ends at 4 GiB
		go_with_stack(waits, c, 256 << 20);
	return 0;
}
