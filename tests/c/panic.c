// Panics and the goroutines that catch them: nested, in deferred calls, deep down, after the
// goroutine was suspended and has moved, on small stacks, in many goroutines at once.

#include "check.h"

// --- the matrix: what fn does (twice nested), with a deferred call that does something else ---

enum What { Returns, Panics, Exits, PanicsDeep, PanicsAfterWait, NWhats };

static const char *const whats[] = {"returns", "panics", "exits", "panics deep", "panics late"};

static char trace[100];

static void
note(const char *text)
{
	strcat(trace, text);
}

__attribute__((noinline)) static int
deep(int n, const char *text)
{
	volatile char room[16];

	room[n % 16] = (char)n;
	if (n == 0)
		go_panic(text);
	return deep(n - 1, text) + room[n % 16];
}

static void
do_what(enum What what, const char *text)
{
	if (what == Panics)
		go_panic(text);
	if (what == Exits)
		go_exit();
	if (what == PanicsDeep)
		deep(20, text);
	if (what == PanicsAfterWait) {
		go_gosched();
		go_sleep(1000);
		go_panic(text);
	}
}

typedef struct Plan Plan;
struct Plan {
	enum What inner, deferred, outer;
};

static void
deferred(void *arg)
{
	note("d");
	do_what(((Plan *)arg)->deferred, "D");
	note(".");
}

static void
inner(void *arg)
{
	go_defer(deferred, arg);
	note("i");
	do_what(((Plan *)arg)->inner, "I");
}

static void
outer(void *arg)
{
	const char *text;

	note("o");
	text = go_protect(inner, arg);
	note(!text ? "0" : text);
	do_what(((Plan *)arg)->outer, "O");
	note("e");
}

static void
whole(void *arg)
{
	const char *text = go_protect(outer, arg);

	note(!text ? "0" : text);
	note("w");
}

// What the trace must be, by Go's rules.
static void
expect(const Plan *p, char *want)
{
	bool exits = p->inner == Exits || p->deferred == Exits;
	bool dpanics = p->deferred == Panics || p->deferred >= PanicsDeep;
	bool ipanics = p->inner == Panics || p->inner >= PanicsDeep;
	bool opanics = p->outer == Panics || p->outer >= PanicsDeep;

	strcpy(want, "oid");
	if (p->deferred == Returns)
		strcat(want, ".");
	if (exits)
		return;
	strcat(want, dpanics ? "D" : ipanics ? "I" : "0");
	if (p->outer == Exits)
		return;
	strcat(want, opanics ? "Ow" : "e0w");
}

static void
matrix(size_t stack)
{
	int n = 0;

	for (enum What i = 0; i < NWhats; i++)
		for (enum What d = 0; d < NWhats; d++)
			for (enum What o = 0; o < NWhats; o++) {
				Plan p = {i, d, o};
				char want[100];

				trace[0] = 0;
				go_with_stack(whole, &p, stack);
				until(go_num_goroutine() == 1);
				expect(&p, want);
				if (strcmp(trace, want) != 0)
					printf("%s, deferred %s, outer %s: %s, want %s\n", whats[i],
					       whats[d], whats[o], trace, want);
				n++;
			}
	printf("%d cases, %zu bytes of stack\n", n, stack);
}

// --- locals keep their values ---

static void
change(void *p)
{
	*(int *)p = 5;
	go_gosched();
	go_panic("changed");
}

static void
locals(void)
{
	int changed = 1, a = (int)go_id(), b = many(7, 7);
	double d = a * 0.5;

	check_panic(change, &changed, "changed");
	check(changed == 5 && a == 1 && b == 7 && d == 0.5);
	printf("locals\n");
}

// --- panics of deferred calls replace each other; all of them run ---

static int ran;

static void
panic_again(void *text)
{
	ran++;
	go_panic(text);
}

static void
pile(void *unused)
{
	(void)unused;
	go_defer(panic_again, "last");
	go_defer(panic_again, "third");
	go_defer(panic_again, "second");
	go_panic("first");
}

static void
catches_inside(void *unused)
{
	(void)unused;
	check_panic(pile, NULL, "last");
}

static void
original(void *unused)
{
	(void)unused;
	go_defer(catches_inside, NULL);
	go_panic("original");
}

static void
piles(void)
{
	for (int i = 1; i <= 100; i++) {
		check_panic(pile, NULL, "last");
		check(ran == 3 * i);
	}
	check_panic(original, NULL, "original");
	printf("piles\n");
}

// --- text ---

static void
panic_with(void *text)
{
	go_panic(text);
}

static void
repanic(void *text)
{
	const char *got = go_protect(panic_with, text);

	go_panic(got);
}

static void
texts(void)
{
	char text[400], want[241];

	for (size_t n = 0; n <= 400; n += n < 230 || n > 250 ? 10 : 1) {
		memset(text, 'x', sizeof text);
		if (n < sizeof text)
			text[n] = 0;
		else
			text[sizeof text - 1] = 0;
		memset(want, 'x', 240);
		want[n < 240 ? n : 240] = 0;
		check_panic(panic_with, text, want);
		check_panic(repanic, text, want);
	}
	memset(text, 'x', 239);
	strcpy(text + 239, "\xc3\xa9"); // would be cut inside the character
	memset(want, 'x', 239);
	want[239] = 0;
	check_panic(panic_with, text, want);
	check_panic(panic_with, "", "");
	check_panic(panic_with, NULL, "panic called with nil argument");
	printf("texts\n");
}

// --- levels ---

static int depth;

static void
descend(void *arg)
{
	intptr_t n = (intptr_t)arg;
	const char *text;

	if (n == 0)
		go_panic("bottom");
	text = go_protect(descend, (void *)(n - 1));
	depth++;
	if (n % 2 == 0)
		go_panic(text);
	check(!text || strcmp(text, "bottom") == 0);
	go_panic("bottom");
}

static void
thousand_levels(void *unused)
{
	(void)unused;
	check_panic(descend, (void *)1000, "bottom");
	check(depth == 1000);
}

// --- many at once, on all workers ---

static int caught;
static GoChan *meeting;

static void
meet_and_panic(void *arg)
{
	char text[20];

	go_chan_recv(meeting, NULL);
	go_gosched();
	snprintf(text, sizeof text, "panic %d", (int)(intptr_t)arg);
	deep((int)(intptr_t)arg % 30, text);
}

static void
survivor(void *arg)
{
	char want[20];

	snprintf(want, sizeof want, "panic %d", (int)(intptr_t)arg);
	for (int i = 0; i < 10; i++) {
		check_panic(meet_and_panic, arg, want);
		__atomic_add_fetch(&caught, 1, __ATOMIC_SEQ_CST);
	}
}

static void
at_once(void)
{
	int n = many(200, 2000);

	meeting = go_chan_make(0, 0);
	for (intptr_t i = 0; i < n; i++)
		go(survivor, (void *)i);
	for (int i = 0; i < 10 * n; i++)
		go_chan_send(meeting, NULL);
	until(go_num_goroutine() == 1);
	check(caught == 10 * n);
	printf("at once\n");
}

int
main(void)
{
	matrix(8192);
	matrix(2048);
	locals();
	piles();
	texts();
	go_with_stack(thousand_levels, NULL, 1 << 20);
	until(go_num_goroutine() == 1);
	printf("levels\n");
	at_once();
	return 0;
}
