// Ten thousand frames. The goroutine works as any other, is suspended, moves to another worker, and
// panics at the bottom. Its dump shows fifty frames from either end.

#include "check.h"

enum { Depth = 10000 };

static GoChan *c;

__attribute__((noinline)) static int64_t
descend(int n, int64_t a)
{
	volatile int64_t here = a * n;
	int64_t below;

	if (n == 0) {
		for (int i = 0; i < 5; i++)
			go_gosched();
		go_chan_recv(c, NULL);
		return 0;
	}
	below = descend(n - 1, a + 1);
	check(here == a * n);
	return below + here;
}

static void
deep(void *result)
{
	int64_t sum = descend(Depth, 1);

	go_chan_send(result, &sum);
}

__attribute__((noinline)) static int
panic_at(int n)
{
	volatile int here = n;

	if (n == 0)
		go_panic("down here");
	return panic_at(n - 1) + here;
}

static void
panics(void *unused)
{
	(void)unused;
	panic_at(Depth);
}

static void protected(void *unused)
{
	(void)unused;
	for (int i = 0; i < 10; i++)
		check_panic(panics, NULL, "down here");
}

static void
look(void)
{
	static char text[1 << 16];
	size_t n = go_stack(text, sizeof text - 1, true);
	int frames = 0;
	char *p = text, *elided;

	text[n] = 0;
	while ((p = strstr(p, "\ndescend(...)\n")) != NULL)
		frames++, p++;
	elided = strstr(text, "\n...");
	check(strstr(text, "\ndeep(...)\n") != NULL);
	// The runtime's frames inside the receive count, but are not shown.
	check(frames >= 90 && frames <= 99);
	check(elided && atoi(elided + 4) > Depth - 110 && atoi(elided + 4) < Depth);
	printf("elided\n");
}

int
main(void)
{
	int64_t sum = 0, want = 0;
	GoChan *result = go_chan_make(sizeof(int64_t), 0);

	c = go_chan_make(0, 0);
	for (int i = 0; i < 3; i++)
		go_with_stack(deep, result, 2 << 20);
	until_waiting(3, "chan receive]");
	go_chan_close(c);
	for (int i = 0; i < Depth; i++)
		want += (int64_t)(Depth - i) * (1 + i);
	for (int i = 0; i < 3; i++) {
		go_chan_recv(result, &sum);
		check(sum == want);
	}
	printf("%lld\n", (long long)sum);
	until(go_num_goroutine() == 1);
	c = go_chan_make(0, 0);
	go_with_stack(deep, result, 2 << 20);
	until_waiting(1, "chan receive]");
	look();
	go_with_stack(protected, NULL, 2 << 20);
	until(go_num_goroutine() == 2);
	printf("panics\n");
	return 0;
}
