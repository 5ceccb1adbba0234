// Deferred calls: newest first, at the end of the protected function or of the goroutine,
// whichever way that ends.

#include "check.h"

static char trace[200];

static void
note(void *text)
{
	strcat(trace, text);
}

static void
said(const char *name, const char *want)
{
	check(strcmp(trace, want) == 0);
	if (strcmp(trace, want) != 0)
		printf("%s: %s\n", name, trace);
	else
		printf("%s\n", name);
	trace[0] = 0;
}

// --- protected functions ---

static void
returns(void *unused)
{
	(void)unused;
	go_defer(note, "c");
	go_defer(note, "b");
	note("a");
}

static void
panics(void *unused)
{
	(void)unused;
	go_defer(note, "c");
	go_defer(note, "b");
	note("a");
	go_panic("oops");
}

static void
nested(void *unused)
{
	(void)unused;
	go_defer(note, "6");
	note("1");
	check_panic(returns, NULL, NULL);
	note("2");
	check_panic(panics, NULL, "oops");
	note("3");
	go_defer(note, "5");
	note("4");
}

static void
defers_more(void *text)
{
	note(text);
	if (((char *)text)[0] < '5') {
		static char digits[][2] = {"0", "1", "2", "3", "4", "5"};

		go_defer(defers_more, digits[((char *)text)[0] - '0' + 1]);
		go_defer(note, ".");
	}
}

static void
chain(void *unused)
{
	(void)unused;
	go_defer(note, "!");
	go_defer(defers_more, "1");
}

// A deferred call may use everything: channels, protection, its own defers.
static void
busy(void *c)
{
	int v = 0;

	go_chan_recv(c, &v);
	check(v == 3);
	check_panic(panics, NULL, "oops");
	go_gosched();
}

static void
send3(void *c)
{
	int v = 3;

	go_chan_send(c, &v);
}

static void
waits(void *c)
{
	go_defer(busy, c);
	go(send3, c);
}

// --- goroutines ---

static void
leaves(void *unused)
{
	(void)unused;
	go_defer(note, "c");
	go_defer(note, "b");
	note("a");
	go_exit();
}

static void
leaves_deep(void *unused)
{
	(void)unused;
	go_defer(note, "e");
	check_panic(leaves, NULL, "never");
	check(!"came back from an exit");
}

static void
in_goroutine(GoFunc fn)
{
	go(fn, NULL);
	until(go_num_goroutine() == 1);
}

// --- as many as there is memory ---

static int n, last;

static void
countdown(void *arg)
{
	check((intptr_t)arg == --last);
	n++;
}

static void
hundred_thousand(void *how)
{
	for (last = 0; last < 100000; last++)
		go_defer(countdown, (void *)(intptr_t)last);
	if (how)
		go_panic("enough");
}

int
main(void)
{
	check_panic(returns, NULL, NULL);
	said("returns", "abc");
	check_panic(panics, NULL, "oops");
	said("panics", "abc");
	check_panic(nested, NULL, NULL);
	said("nested", "1abc2abc3456");
	check_panic(chain, NULL, NULL);
	said("chain", "1.2.3.4.5!");
	check_panic(waits, go_chan_make(sizeof(int), 0), NULL);
	said("busy", "abc");
	in_goroutine(returns);
	said("goroutine returns", "abc");
	in_goroutine(leaves);
	said("goroutine leaves", "abc");
	in_goroutine(leaves_deep);
	said("leaves from deep", "abce");
	in_goroutine(chain);
	said("chain in a goroutine", "1.2.3.4.5!");
	check_panic(hundred_thousand, NULL, NULL);
	check(n == 100000);
	check_panic(hundred_thousand, "panic", "enough");
	check(n == 200000);
	printf("many\n");
	return 0;
}
