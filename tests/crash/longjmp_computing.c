// A handler of a signal jumps out of foreign code, whose frames cannot be left.
// alone
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>
#include <worldsema.h>

static jmp_buf env;

static void
jumps(int sig)
{
	longjmp(env, sig);
}

GO_FOREIGN(longjmp_computing_spin) void longjmp_computing_spin(volatile int *n)
{
	while (*n >= 0)
		*n = 1;
}

int
main(void)
{
	volatile int n = 0;

	signal(SIGALRM, jumps);
	if (setjmp(env) == 0) {
		ualarm(1000, 0);
		longjmp_computing_spin(&n);
	}
	return 0;
}
