// A signal that tells of a fault dumps all stacks, when the thread no longer blocks it.

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

int
main(void)
{
	sigset_t segv;

	sigemptyset(&segv);
	sigaddset(&segv, SIGSEGV);
	pthread_sigmask(SIG_BLOCK, &segv, NULL);
	raise(SIGSEGV);
	fputs("pending\n", stderr);
	pthread_sigmask(SIG_UNBLOCK, &segv, NULL);
	fputs("not reached\n", stderr);
	return 0;
}
