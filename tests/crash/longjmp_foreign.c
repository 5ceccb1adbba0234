// A callback from foreign code jumps out through it.
// stderr: fj_call(

#include <setjmp.h>
#include <worldsema.h>

static jmp_buf env;

void fj_call(GoFunc fn);

GO_FOREIGN(fj_call) void fj_call(GoFunc fn)
{
	fn(NULL);
}

static void
jumps(void *arg)
{
	go_gosched();
	longjmp(env, 1);
}

int
main(void)
{
	if (setjmp(env) == 0)
		fj_call(jumps);
	return 0;
}
