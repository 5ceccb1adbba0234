// A panic is caught and thrown on. The report says it once, and that it was thrown on.

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
