// Each deferred call panics again. The report has the whole chain, oldest first.

#include <worldsema.h>

static void
again(void *text)
{
	go_panic(text);
}

static void
catches(void *unused)
{
	(void)unused;
	go_protect(again, "caught on the way");
}

int
main(void)
{
	go_defer(again, "third");
	go_defer(catches, NULL);
	go_defer(again, "second");
	go_panic("first");
}
