// Reads lines while another goroutine tells on stderr that it runs; the prompt has no line end.
#include <stdio.h>
#include <string.h>
#include <worldsema.h>

static int ticks, reads;

static void
tick(void *arg)
{
	(void)arg;
	for (;;) {
		go_sleep(GO_MILLISECOND);
		// Once for each read. Main may have been on its way there when the first of them
		// came.
		if (__atomic_add_fetch(&ticks, 1, __ATOMIC_SEQ_CST) == 10)
			fprintf(stderr, "%d", reads);
	}
}

int
main(void)
{
	char line[100], small[4];

	go(tick, NULL);
	printf("name? ");
	for (;;) {
		reads++;
		__atomic_store_n(&ticks, 0, __ATOMIC_SEQ_CST);
		if (!fgets(line, sizeof line, stdin))
			break;
		line[strcspn(line, "\n")] = 0;
		printf("[%s] ", line);
	}
	printf("%s\n", feof(stdin) && !ferror(stdin) ? "end" : "error");
	clearerr(stdin);
	printf("%s\n", fgets(small, sizeof small, stdin) ? "more" : "still the end");
	return 0;
}
