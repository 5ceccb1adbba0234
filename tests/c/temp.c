// Names of temporary files differ, however fast they are asked for.

#include "check.h"
#include <pthread.h>
#include <unistd.h>

enum { Names = 40, Threads = 10, Files = 4 };

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void *
make_files(void *arg)
{
	for (int i = 0; i < Files; i++) {
		char name[] = "/tmp/worldsema_XXXXXX";
		int fd = mkstemp(name);

		check(fd >= 0);
		close(fd);
		check(unlink(name) == 0);
	}
	return arg;
}

int
main(void)
{
	static char names[Names][L_tmpnam];
	pthread_t threads[Threads];

	for (int i = 0; i < Names; i++)
		check(tmpnam(names[i]) == names[i]);
	qsort(names, Names, sizeof names[0], compare);
	for (int i = 1; i < Names; i++)
		check(strcmp(names[i - 1], names[i]) != 0);
	for (int i = 0; i < Threads; i++)
		check(pthread_create(&threads[i], NULL, make_files, NULL) == 0);
	for (int i = 0; i < Threads; i++)
		check(pthread_join(threads[i], NULL) == 0);
	printf("differ\n");
	return 0;
}
