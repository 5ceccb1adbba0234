// procs: 1 2 8
// What these leave on a goroutine's stack, below its frames, names no other goroutine. The next
// frame there may have holes, and words in holes count as roots. (A select leaves the goroutine
// that it woke.)

#include <alloca.h>
#include <string.h>

#include "../../runtime/base/gmp.h"
#include "../../wasm/os_self.h"
#include "check.h"

enum { Below = 12 << 10, Many = 600 };

static void
nothing(void *unused)
{
	(void)unused;
}

static NOINLINE void
clear(void)
{
	memset(alloca(Below), 0, Below);
	__asm__ volatile("" ::: "memory");
}

static NOINLINE unsigned
goroutines_below(void)
{
	uintptr_t *words = alloca(Below);
	unsigned n = 0;

	__asm__ volatile("" : : "r"(words) : "memory");
	for (size_t i = 0; i < Below / sizeof *words; i++)
		for (uint32_t k = 0; k < load_acq(&allglen); k++)
			n += allg_at(k) != rt_g() && words[i] == (uintptr_t)allg_at(k);
	return n;
}

// Each names what it does, so that a failure names it too.
static void
start_more_than_a_queue_holds(void)
{
	for (int i = 0; i < Many; i++)
		go(nothing, NULL);
	while (go_num_goroutine() > 1)
		go_gosched();
}

static void
collect(void)
{
	go_gc();
	go_sleep(1);
}

static void
dump(void)
{
	static char text[1 << 14];

	go_stack(text, sizeof text, true);
}

int
main(void)
{
	static void (*const what[])(void) = {start_more_than_a_queue_holds, collect, dump};

	for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
		clear();
		what[i]();
		printf("%zu: %u\n", i, goroutines_below());
	}
	return 0;
}
