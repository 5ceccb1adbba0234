// Panics, deferred calls and go_exit: who runs in which order, who catches what.

#include "check.h"

// What happened, as letters.
static char trace[256];
static size_t ntrace;

static void
note(const char *s)
{
	size_t n = strlen(s);

	CHECK(ntrace + n < sizeof trace);
	memcpy(trace + ntrace, s, n + 1);
	ntrace += n;
}

static void
note_call(void *arg)
{
	note(arg);
}

static void
traced(const char *want)
{
	if (strcmp(trace, want) != 0) {
		fprintf(stderr, "expected trace \"%s\", got \"%s\"\n", want, trace);
		exit(1);
	}
	ntrace = 0;
	trace[0] = 0;
}

static void
same(const char *got, const char *want)
{
	if (!got || !want ? got != want : strcmp(got, want) != 0) {
		fprintf(stderr, "expected \"%s\", got \"%s\"\n", want ? want : "(none)",
		        got ? got : "(none)");
		exit(1);
	}
}

static void
panic_with(void *text)
{
	go_panic(text);
}

// --- one level ---

static void
returns(void *arg)
{
	go_defer(note_call, "1");
	go_defer(note_call, "2");
	note(arg);
}

static void
panics(void *arg)
{
	returns(arg);
	go_panic("boom");
}

static void
one_level(void)
{
	same(go_protect(returns, "f"), NULL);
	traced("f21");
	same(go_protect(panics, "f"), "boom");
	traced("f21");
	same(go_protect(panic_with, ""), "");
	same(go_protect(panic_with, NULL), "panic called with nil argument");
}

// --- text ---

static void
texts(void)
{
	char text[600], want[241];
	const char *got;

	memset(text, 'x', sizeof text);
	text[599] = 0;
	memset(want, 'x', 240);
	want[240] = 0;
	same(go_protect(panic_with, text), want);
	memcpy(text + 239, "\xc3\xa9", 2); // a character across the limit is left out
	want[239] = 0;
	same(go_protect(panic_with, text), want);
	got = go_protect(panic_with, "first");
	same(go_protect(panic_with, (void *)(uintptr_t)got), "first");
	got = go_protect(panic_with, "second");
	same(go_protect(panic_with, (void *)(uintptr_t)(got + 3)), "ond");
}

// --- deep frames are discarded, locals of the caller live ---

static void
deep(void *arg)
{
	volatile char room[64];
	int *n = arg;

	room[0] = (char)*n;
	if (*n == 0)
		go_panic("bottom");
	if ((*n)-- > 0)
		deep(arg);
	note(room[0] ? "?" : "!");
}

static void
locals(void)
{
	volatile int kept = 1;

	for (int i = 0; i < 100; i++) {
		int n = 50;

		kept++;
		same(go_protect(deep, &n), "bottom");
		CHECK(n == 0);
	}
	CHECK(kept == 101);
	traced("");
}

// --- panics in deferred calls ---

static void
defer_then_panic(void *arg)
{
	(void)arg;
	go_defer(note_call, "1");
	go_defer(panic_with, "second");
	go_defer(note_call, "3");
	go_defer(panic_with, "third");
	go_panic("first");
}

static void
return_into_panic(void *arg)
{
	(void)arg;
	go_defer(note_call, "1");
	go_defer(panic_with, "late");
	go_defer(note_call, "2");
}

static void
defer_more(void *arg)
{
	go_defer(note_call, arg);
	note("m");
}

static void
defers_defer(void *arg)
{
	(void)arg;
	go_defer(note_call, "1");
	go_defer(defer_more, "2");
	go_panic("x");
}

static void
replaced(void)
{
	same(go_protect(defer_then_panic, NULL), "second");
	traced("31");
	same(go_protect(return_into_panic, NULL), "late");
	traced("21");
	same(go_protect(defers_defer, NULL), "x");
	traced("m21");
}

// --- levels in levels ---

static void
inner_in_defer(void *arg)
{
	same(go_protect(panics, "i"), "boom");
	note(arg);
}

static void
outer_with_inner_defer(void *arg)
{
	go_defer(note_call, "a");
	go_defer(inner_in_defer, "b");
	go_panic(arg);
}

static void
inner_then_outer(void *arg)
{
	go_defer(note_call, "o");
	same(go_protect(panics, "i"), "boom");
	traced("i21");
	if (arg)
		go_panic(arg);
}

static void
repanic(void *arg)
{
	const char *text;

	go_defer(note_call, "r");
	text = go_protect(panic_with, arg);
	go_panic(text);
}

static void
nested(void)
{
	same(go_protect(outer_with_inner_defer, "outer"), "outer");
	traced("i21ba");
	same(go_protect(inner_then_outer, NULL), NULL);
	traced("o");
	same(go_protect(inner_then_outer, "outer"), "outer");
	traced("o");
	same(go_protect(repanic, "again"), "again");
	traced("r");
}

// --- go_exit ---

static void
exit_now(void *arg)
{
	(void)arg;
	go_exit();
}

static void
exit_deep(void *arg)
{
	go_defer(note_call, "2");
	go_protect(exit_now, NULL);
	note(arg);
}

static void
exit_through(void *arg)
{
	go_defer(note_call, "1");
	same(go_protect(exit_deep, arg), "not reached");
	note("?");
}

// A panic in a deferred call of a level that is being left does not stop the exit.
static void
exit_into_panic(void *arg)
{
	(void)arg;
	go_defer(note_call, "1");
	go_defer(panic_with, "lost");
	go_defer(note_call, "2");
	go_exit();
}

static void
exit_panic_level(void *arg)
{
	(void)arg;
	go_defer(note_call, "0");
	same(go_protect(exit_into_panic, NULL), "not reached");
}

// go_exit in a deferred call ends a panic.
static void
panic_into_exit(void *arg)
{
	(void)arg;
	go_defer(note_call, "1");
	go_defer(exit_now, NULL);
	go_defer(note_call, "2");
	go_panic("dropped");
}

static void
panic_exit_level(void *arg)
{
	go_defer(note_call, "0");
	same(go_protect(panic_into_exit, arg), "not reached");
}

// An inner level in a deferred call of an exit works as ever.
static void
exit_with_inner(void *arg)
{
	(void)arg;
	go_defer(inner_in_defer, "b");
	go_protect(exit_now, NULL);
}

static void
just_return(void *arg)
{
	(void)arg;
	go_defer(note_call, "1");
	go_defer(note_call, "2");
}

typedef struct Run Run;
struct Run {
	GoFunc fn;
	GoChan *done;
};

static void
tell_end(void *arg)
{
	go_chan_close(((Run *)arg)->done);
}

static void
run_it(void *arg)
{
	Run *r = arg;

	go_defer(tell_end, r);
	r->fn("?");
}

static void
ends(GoFunc fn, const char *want)
{
	Run r = {fn, go_chan_make(0, 0)};

	go(run_it, &r);
	CHECK(!go_chan_recv(r.done, NULL));
	traced(want);
}

static void
exits(void)
{
	ends(just_return, "21");
	ends(exit_now, "");
	ends(exit_through, "21");
	ends(exit_panic_level, "210");
	ends(panic_into_exit, "21");
	ends(panic_exit_level, "210");
	ends(exit_with_inner, "i21b");
}

// --- levels, parking and moving between workers ---

typedef struct Part Part;
struct Part {
	int rounds, caught;
	GoChan *c;
	GoWaitGroup *done;
};

static void
nothing(void *arg)
{
	(void)arg;
}

static void
park_and_panic(void *arg)
{
	Part *p = arg;
	int v = 1;

	go_defer(nothing, NULL);
	go_chan_send(p->c, &v);
	go_gosched();
	go_panic("moved");
}

static void
part(void *arg)
{
	Part *p = arg;

	for (int i = 0; i < p->rounds; i++) {
		const char *text = go_protect(park_and_panic, p);

		CHECK(text && strcmp(text, "moved") == 0);
		p->caught++;
	}
	go_waitgroup_done(p->done);
}

static void
drain(void *arg)
{
	while (go_chan_recv(arg, NULL))
		;
}

static void
many_parts(void)
{
	enum { N = 20 };
	static Part parts[N];
	GoWaitGroup done = {0};
	GoChan *c = go_chan_make(sizeof(int), 3);

	go_waitgroup_add(&done, N);
	go(drain, c);
	for (int i = 0; i < N; i++) {
		parts[i] = (Part){.rounds = scaled(200), .c = c, .done = &done};
		go(part, &parts[i]);
	}
	go_waitgroup_wait(&done);
	go_chan_close(c);
	for (int i = 0; i < N; i++)
		CHECK(parts[i].caught == parts[i].rounds);
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {
		TEST(one_level), TEST(texts), TEST(locals),     TEST(replaced),
		TEST(nested),    TEST(exits), TEST(many_parts),
	};

	return RUN_TESTS(tests);
}
