// The host's thread keeps files, goroutines use them. Functions registered with atexit run once, at
// the end, although the host's thread becomes idle after each file call.

#include "check.h"
#include <errno.h>
#include <unistd.h>

enum { Files = 4 };

static GoWaitGroup wg;

static void
bye(void)
{
	printf("bye\n");
}

static void
write_and_read(void *arg)
{
	int n = (int)(intptr_t)arg, got = -1;
	char name[32];
	FILE *f;

	snprintf(name, sizeof name, "/tmp/file%d", n);
	f = fopen(name, "w");
	check(f);
	fprintf(f, "number %d\n", n);
	fclose(f);
	go_sleep(GO_MILLISECOND);
	f = fopen(name, "r");
	check(f);
	check(fscanf(f, "number %d", &got) == 1);
	fclose(f);
	check(got == n);
	check(remove(name) == 0);
	check(!fopen(name, "r"));
	go_waitgroup_done(&wg);
}

int
main(void)
{
	atexit(bye);
	go_waitgroup_add(&wg, Files);
	for (intptr_t i = 0; i < Files; i++)
		go(write_and_read, (void *)i);
	go_waitgroup_wait(&wg);
	for (int fd = 0; fd <= 2; fd++) // the tests run it without a terminal
		check(!isatty(fd) && errno == ENOTTY);
	printf("%d files\n", Files);
	return 0;
}
