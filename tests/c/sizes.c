// A size that does not fit into 32 bits when it is computed is out of memory; nothing breaks.

#include "check.h"

#include <errno.h>
#include <malloc.h>

static void *volatile p;

static void
refused(void *got)
{
	check(!got && errno == ENOMEM);
	free(got);
	errno = 0;
	p = malloc(100000); // it still works
	check(p);
	free(p);
}

static void
make_channel(void *arg)
{
	const size_t *size = arg;

	go_chan_make(size[0], (ptrdiff_t)size[1]);
}

int
main(void)
{
	static const size_t large[] = {0xffffffff, 0xffffe000, 0xffffdfff, 0xffffa000};
	static const size_t channels[][2] = {
		{2, 0x7fffffff}, {65536, 65536}, {65536, 32768}, {70000, 1}};
	void *out = NULL;

	for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
		size_t n = large[i];

		refused(malloc(n));
		refused(calloc(n, 1));
		refused(calloc(n / 2, 4));
		refused(realloc(NULL, n));
		refused(reallocarray(NULL, n / 3, 8));
		for (uint32_t shift = 4; shift < 32; shift++)
			refused(aligned_alloc((size_t)1 << shift, n));
		for (uint32_t shift = 2; shift < 32; shift++)
			check(posix_memalign(&out, (size_t)1 << shift, n) == ENOMEM && !out);
	}
	for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
		check_panic(make_channel, (void *)channels[i], "makechan: size out of range");
	printf("done\n");
	return 0;
}
