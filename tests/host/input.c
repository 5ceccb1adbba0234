// Reads lines while another goroutine counts; the prompt has no line end.
#include <stdio.h>
#include <string.h>
#include <worldsema.h>

static volatile int ticks;

static void
tick(void *arg)
{
	(void)arg;
	for (;;) {
		ticks++;
		go_sleep(GO_MILLISECOND);
	}
}

int
main(void)
{
	char line[100], small[4];
	int before = ticks;

	go(tick, NULL);
	printf("name? ");
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = 0;
		printf("[%s]%s ", line, ticks > before ? "" : " nothing ran");
		before = ticks;
	}
	printf("%s\n", feof(stdin) && !ferror(stdin) ? "end" : "error");
	clearerr(stdin);
	printf("%s\n", fgets(small, sizeof small, stdin) ? "more" : "still the end");
	return 0;
}
