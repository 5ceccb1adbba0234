// Somebody dies while others compute in loops without calls:
// they are stopped and shown where they are.

#include <worldsema.h>

static int started;

static void
computes(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
	for (;;)
		;
}

int
main(void)
{
	go_max_procs(3);
	go(computes, NULL);
	go(computes, NULL);
	while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < 2)
		go_gosched();
	go_panic("enough");
}
