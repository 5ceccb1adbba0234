// A longjmp to a function that has returned.

#include <setjmp.h>
#include <worldsema.h>

static jmp_buf env;

__attribute__((noinline)) static void
marks(void)
{
	if (setjmp(env) != 0)
		go_gosched();
}

int
main(void)
{
	marks();
	go_gosched();
	longjmp(env, 1);
}
