// Labels are shown in dumps, are inherited, belong to one goroutine, and go with it.

#include "check.h"

static GoChan *c;

static void
labelled(void *text)
{
	go_set_label(text);
	go_chan_recv(c, NULL);
}

static void
unlabelled(void *unused)
{
	(void)unused;
	go_chan_recv(c, NULL);
}

static void
creator(void *text)
{
	go_set_label(text);
	go(unlabelled, NULL);
	go_set_label(NULL);
	go(unlabelled, NULL);
}

static int
shown(const char *what)
{
	char text[8192];
	int n = 0;

	text[go_stack(text, sizeof text - 1, true)] = 0;
	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

int
main(void)
{
	c = go_chan_make(0, 0);
	go(labelled, "worker for /index.html");
	go(labelled, "gr\xc3\xbc\xc3\x9f");
	go(labelled, NULL);
	until_waiting(3, "chan receive");
	go_set_label("the main one");
	printf("%d %d %d %d\n", shown("label: \"worker for /index.html\"]:\n"),
	       shown("[chan receive, label: \"gr\xc3\xbc\xc3\x9f\"]:\n"),
	       shown("[chan receive]:\n"),
	       shown("goroutine 1 [running, label: \"the main one\"]:\n"));
	go_set_label(NULL);
	printf("%d\n", shown("the main one"));
	go_chan_close(c);
	until(go_num_goroutine() == 1);

	// Their records serve others now.
	c = go_chan_make(0, 0);
	for (int i = 0; i < 10; i++)
		go(unlabelled, NULL);
	until_waiting(10, "chan receive]");
	printf("%d\n", shown("label: "));

	// What is started later has what its creator has then.
	go(creator, "inherited");
	until_waiting(12, "chan receive");
	printf("%d %d\n", shown("[chan receive, label: \"inherited\"]:\n"), shown("label: "));
	return 0;
}
