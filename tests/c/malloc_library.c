// The C library's own interface: alignment, sizes that cannot be, blocks that grow and shrink.

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

static char *early;

__attribute__((constructor)) static void
before_main(void)
{
	early = malloc(20);
	strcpy(early, "before main");
}

static void
alignment(void)
{
	int bad = 0;

	for (size_t align = 8; align <= 1 << 20; align *= 2)
		for (size_t n = 1; n < 300000; n = n * 5 + 3) {
			void *p = aligned_alloc(align, n), *q = memalign(align, n), *r = NULL;

			bad += posix_memalign(&r, align, n) != 0;
			bad += !p || (uintptr_t)p % align || malloc_usable_size(p) < n;
			bad += !q || (uintptr_t)q % align;
			bad += !r || (uintptr_t)r % align;
			free(q);
			free(p);
			free(r);
		}
	printf("alignment: %d bad\n", bad);
}

static void
absurd(void)
{
	volatile size_t huge = SIZE_MAX;
	volatile size_t odd = 24; // which the compiler need not know
	// The compiler believes that malloc leaves errno alone, and drops blocks that nobody uses.
	void *(*volatile get)(size_t) = malloc, *(*volatile getzeroed)(size_t, size_t) = calloc;
	void *p = malloc(10);

	errno = 0;
	printf("malloc: %d", !get(huge));
	printf(" %d\n", errno == ENOMEM);
	errno = 0;
	printf("calloc: %d", !getzeroed(huge / 2, 3));
	printf(" %d\n", errno == ENOMEM);
	errno = 0;
	printf("realloc: %d", !realloc(p, huge - 5));
	printf(" %d\n", errno == ENOMEM);
	errno = 0;
	printf("memalign: %d", !memalign(odd, 8));
	printf(" %d\n", errno == EINVAL);
	printf("posix_memalign: %d %d\n", posix_memalign(&p, odd, 8) == EINVAL,
	       posix_memalign(&p, 16, huge) == ENOMEM);
	free(p);
}

static void
growing(void)
{
	char *p = NULL;
	size_t n = 0, moved = 0;

	for (n = 1; n < 3000000; n += n / 3 + 1) {
		char *q = realloc(p, n);

		moved += q != p;
		p = q;
		p[n - 1] = (char)n;
		p[0] = 'x';
	}
	p = realloc(p, 1000);
	printf("grown: %c, moved %s\n", p[0], moved < 60 ? "seldom" : "often");
	p = realloc(p, 0);
	printf("realloc to nothing: %d\n", p != NULL);
	free(p);
}

static void
zeroed(void)
{
	int bad = 0;

	for (int round = 0; round < 3; round++)
		for (size_t n = 1; n < 200000; n = n * 3 + 1) {
			char *p = calloc(n, 1);

			for (size_t i = 0; i < n; i++)
				bad += p[i] != 0;
			memset(p, 0xff, n);
			free(p);
		}
	printf("zeroed: %d bad\n", bad);
}

int
main(void)
{
	char *text = strdup("strdup");

	printf("%s, %s\n", early, text);
	free(text);
	free(early);
	free(NULL);
	alignment();
	absurd();
	growing();
	zeroed();
	return 0;
}
