// Blocks are written to after a collection has freed them. The runtime finds out when it uses them.
// env: GODEBUG=clobberfree=1,memprofilerate=1

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <worldsema.h>

enum { N = 100, Size = 48 };

static uintptr_t hidden[N];

__attribute__((noinline)) static void
allocate(void)
{
	for (int i = 0; i < N; i++)
		hidden[i] = ~(uintptr_t)go_alloc(Size);
}

static uint32_t
word(int i)
{
	uint32_t w;

	memcpy(&w, (char *)~hidden[i] + 20, sizeof w);
	return w;
}

int
main(void)
{
	int clobbered = 0;

	allocate();
	go_gc();
	for (int i = 0; i < N; i++)
		clobbered += word(i) == 0xdeadbeef;
	if (clobbered < N - 5)
		fprintf(stderr, "%d clobbered\n", clobbered);
	for (int i = 0; i < N; i++)
		memcpy((char *)~hidden[i] + 20, "oops", 4);
	for (int i = 0; i < 10000; i++)
		go_alloc(Size);
	return 0;
}
