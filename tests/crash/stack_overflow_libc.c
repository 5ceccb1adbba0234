// The C library needs more stack than this goroutine has.

#include <stdio.h>
#include <worldsema.h>

static void
prints(void *x)
{
	char text[2000];

	snprintf(text, sizeof text, "%f", *(double *)x);
}

int
main(void)
{
	double x = 1.5;

	go_with_stack(prints, &x, 2048);
	for (;;)
		go_gosched();
}
