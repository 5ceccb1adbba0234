// Caught, and thrown on: said once, with what happened.

#include <worldsema.h>

static void
fails(void *unused)
{
	(void)unused;
	go_panic("pass it on");
}

int
main(void)
{
	go_panic(go_protect(fails, NULL));
}
