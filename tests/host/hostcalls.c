// Calls both ways: most of what it does JavaScript asks for, by the functions that it exports.

#include <emscripten.h>
#include <stdio.h>
#include <string.h>
#include <worldsema.h>

// --- JavaScript as C sees it ---

GO_HOST(double, add, double, double)
GO_HOST(char *, greet, const char *)
GO_HOST(void, note, bool, int, unsigned, long, unsigned long, int64_t)
GO_HOST(int64_t, next, int64_t)
GO_HOST(int, number)
GO_HOST(bool, truth, float)
GO_HOST(GoValue, same, GoValue)

static void
call_number(void *to)
{
	*(int *)to = number();
}

static const char *
declared(const char *name)
{
	static int n;
	const char *panic = NULL;
	GoValue v;
	char *text;

	printf("%g\n", add(1, 2.5));
	text = greet(name);
	printf("%s\n", text);
	free(text);
	printf("%s\n", greet(NULL) ? "?" : "null");
	note(true, -5, 4000000000u, -6l, 4000000001ul, INT64_MIN);
	printf("%lld %d\n", (long long)next(INT64_MAX - 1), truth(0.5f));
	v = same(go_bytes("\0\1\2", 3));
	printf("%d %zu %d\n", v.kind == GO_BYTES, v.len, ((char *)v.bytes)[2]);
	go_value_free(&v);
	for (int i = 0; i < 5; i++) { // 7, then what no int can be
		panic = go_protect(call_number, &n);
		printf("%d %s\n", n, panic ? panic : "");
	}
	fflush(stdout);
	return "done";
}
GO_EXPORT(const char *, declared, const char *)

// --- C as JavaScript sees it ---

static double
half(double x)
{
	return x / 2;
}
GO_EXPORT(double, half, double)

static char *
twice(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	char *t = s ? malloc(2 * n + 1) : NULL;

	if (t) {
		memcpy(t, s, n);
		memcpy(t + n, s, n + 1);
	}
	return t;
}
GO_EXPORT(char *, twice, const char *)

static GoValue
kinds(bool b, int i, unsigned u, int64_t l, float f, GoValue v)
{
	char *text = malloc(200);
	int n = snprintf(text, 200, "%d %d %u %lld %g %d:%zu", b, i, u, (long long)l, (double)f,
	                 (int)v.kind, v.len);

	return go_string_n(text, (size_t)n);
}
GO_EXPORT(GoValue, kinds, bool, int, unsigned, int64_t, float, GoValue)

static void
nothing(void)
{
}
GO_EXPORT(void, nothing)

static void
panics(void)
{
	go_panic("in a goroutine of JavaScript's");
}
GO_EXPORT(void, panics)

static void
exits(void)
{
	go_exit();
}
GO_EXPORT(void, exits)

static void
answers_twice(GoCall *call)
{
	go_call_return(call, go_number(1));
	go_call_return(call, go_number(2));
}
GO_EXPORT_CALL(answers_twice, answers_twice, 0)

static void
fails(GoCall *call)
{
	go_call_fail(call, "RangeError", "größer als erlaubt", "E_LARGE");
}
GO_EXPORT_CALL(fails, fails, 0)

static void
bad_text(GoCall *call)
{
	go_call_return(call, go_string("\xff\xfe"));
}
GO_EXPORT_CALL(bad_text, bad_text, 0)

// Returns what it was given: any number of values of any kind, the last one.
static void
last(GoCall *call)
{
	size_t n = go_call_nargs(call);

	go_call_return(call, n > 0 ? go_call_arg(call, n - 1) : go_null());
}
GO_EXPORT_CALL(last, last, 0)

// Calls the host's function name within ms (0: without limit), and answers with what it gave.
static void
ask(GoCall *call)
{
	GoValue args[8], name = go_call_arg(call, 0), v;
	double ms = go_call_arg(call, 1).number;
	size_t n = go_call_nargs(call) - 2;
	GoError *err;

	for (size_t i = 0; i < n; i++)
		args[i] = go_call_arg(call, 2 + i);
	err = go_host_call(name.string, args, n, ms > 0 ? (int64_t)(ms * 1e6) : GO_FOREVER, &v);
	if (err) {
		go_call_fail(call, err->name, err->message, err->code);
		free(err);
	} else {
		go_call_return(call, v);
		go_value_free(&v);
	}
}
GO_EXPORT_CALL(ask, ask, 16 << 10)

// What no JavaScript could hand to C: the kind of mistake by number.
static void
mistake(GoCall *call)
{
	static const char long_name[] = {[0 ... 255] = 'n', 0};
	GoValue v = go_null();
	const char *name = "same";
	GoError *err;

	switch ((int)go_call_arg(call, 0).number) {
	case 0:
		v = go_string("bad \xc3\x28 text");
		break;
	case 1:
		v = go_bytes(name, 0xfffffff0);
		break;
	case 2:
		v = go_string_n((const char *)0xfffffff0, 100);
		break;
	case 3:
		v.kind = (GoKind)9;
		break;
	case 4:
		v = go_bytes(NULL, 1);
		break;
	case 5:
		name = "";
		break;
	case 6:
		name = long_name;
		break;
	case 7:
		name = "\xff";
		break;
	}
	err = go_host_call(name, &v, 1, GO_FOREVER, NULL);
	go_call_fail(call, err->name, err->message, err->code);
	free(err);
}
GO_EXPORT_CALL(mistake, mistake, 16 << 10)

// --- ready-made ---

static void
fetches(GoCall *call)
{
	GoResponse r;
	GoError *err = go_host_fetch(go_call_arg(call, 0).string, GO_FOREVER, &r);
	char text[400];

	if (err) {
		go_call_fail(call, err->name, err->message, err->code);
		free(err);
		return;
	}
	snprintf(text, sizeof text, "%d %d %.*s", r.status,
	         strstr(r.headers, "content-type: text/plain") != NULL, (int)r.len,
	         (const char *)r.body);
	free((void *)r.headers);
	go_call_return(call, go_string(text));
}
GO_EXPORT_CALL(fetches, fetches, 16 << 10)

static void
reads(GoCall *call)
{
	void *bytes;
	size_t n;
	GoError *err = go_host_read(go_call_arg(call, 0).string, GO_FOREVER, &bytes, &n);

	if (err) {
		go_call_fail(call, err->name, err->message, err->code);
		free(err);
		return;
	}
	go_call_return(call, go_bytes(bytes, n));
	free(bytes);
}
GO_EXPORT_CALL(reads, reads, 16 << 10)

static double
sleeps(double ms)
{
	int64_t begin = go_nanotime();
	GoError *err = go_host_sleep((int64_t)(ms * 1e6));

	free(err);
	return err ? -1 : (double)(go_nanotime() - begin) / 1e6;
}
GO_EXPORT(double, sleeps, double)

// How many of n random bytes are 0.
static int
zeros(int n)
{
	unsigned char *p = calloc((size_t)n, 1);
	int count = 0;

	go_host_random(p, (size_t)n);
	for (int i = 0; i < n; i++)
		count += p[i] == 0;
	free(p);
	return count;
}
GO_EXPORT(int, zeros, int)

static void
says(const char *level, const char *text)
{
	go_host_console(level, text);
}
GO_EXPORT(void, says, const char *, const char *)

// --- channels ---

static int sent; // by feed, so far

typedef struct Pipe Pipe;
struct Pipe {
	GoChan *from, *to;
	size_t size;
};

static void
pump(void *arg)
{
	Pipe *p = arg;
	char elem[64];

	while (go_chan_recv(p->from, elem))
		go_chan_send(p->to, elem);
	go_chan_close(p->to);
}

#define PIPE(name, type)                                                                  \
	do {                                                                              \
		static Pipe p_;                                                           \
		p_ = (Pipe){go_chan_make(sizeof(type), 0), go_chan_make(sizeof(type), 0), \
		            sizeof(type)};                                                \
		go_host_channel(name " in", p_.from, type);                               \
		go_host_channel(name " out", p_.to, type);                                \
		go(pump, &p_);                                                            \
	} while (0)

typedef struct Point Point;
struct Point {
	float x, y, z;
};

// Sends 0, 1, ... on the channel "feed", which it makes now.
static void
feed(int n)
{
	GoChan *c = go_chan_make(sizeof(int), 0);

	go_host_channel("feed", c, int);
	for (sent = 0; sent < n; sent++)
		go_chan_send(c, &sent);
	go_chan_close(c);
	go_host_channel_forget(c);
	go_chan_free(c);
}
GO_EXPORT(void, feed, int)

static int
fed(void)
{
	return sent;
}
GO_EXPORT(int, fed)

static void
name_twice(void *c)
{
	go_host_channel("feed", c, int);
}

static void
free_named(void *c)
{
	go_chan_free(c);
}

static void
wrong_size(void *c)
{
	go_host_channel("other", c, double);
}

static void
no_name(void *c)
{
	go_host_channel("", c, int);
}

static void
channel_mistakes(void)
{
	static const GoFunc mistakes[] = {name_twice, free_named, wrong_size, no_name};
	GoChan *c = go_chan_make(sizeof(int), 0);

	go_host_channel("feed", c, int);
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
		printf("%s\n", go_protect(mistakes[i], c));
	fflush(stdout);
	go_host_channel_forget(c);
	go_chan_free(c);
}
GO_EXPORT(void, channel_mistakes)

// Channels that somebody waits on are forgotten: who waits hears of it.
static void
forgets(void)
{
	GoChan *c = go_chan_make(sizeof(int), 0);

	go_host_channel("forgotten", c, int);
	go_host_call("ready", GO_NO_ARGS, GO_FOREVER, NULL);
	go_host_channel_forget(c);
	go_chan_free(c);
}
GO_EXPORT(void, forgets)

// --- crowds ---

static GoWaitGroup crowd;
static double total;
static GoMutex total_lock;

static void
member(void *arg)
{
	GoValue n = go_number((double)(intptr_t)arg), v;
	GoError *err = go_host_call("wait", &n, 1, GO_FOREVER, &v);

	if (!err) {
		go_mutex_lock(&total_lock);
		total += v.number;
		go_mutex_unlock(&total_lock);
	}
	free(err);
	go_waitgroup_done(&crowd);
}

static double
gather(int n)
{
	total = 0;
	go_waitgroup_add(&crowd, n);
	for (int i = 0; i < n; i++)
		go(member, (void *)(intptr_t)i);
	go_waitgroup_wait(&crowd);
	return total;
}
GO_EXPORT(double, gather, int)

static void
dies(void)
{
	EM_ASM({ process.exit(7); });
}
GO_EXPORT(void, dies)

static void
serve(void)
{
	GoChan *quit = go_chan_make(sizeof(int), 0);
	int code = 0;

	PIPE("int", int);
	PIPE("double", double);
	PIPE("long", int64_t);
	PIPE("text", char *);
	PIPE("value", GoValue);
	PIPE("point", Point);
	go_host_channel("quit", quit, int);
	go_chan_recv(quit, &code);
	exit(code);
}

int
main(int argc, char **argv)
{
	GoChan *never = go_chan_make(0, 0);

	if (argc > 1 && strcmp(argv[1], "stuck") == 0) {
		go_host_channel_at("never", never, 0, 0); // a name alone is no hope
		go_chan_recv(go_chan_make(0, 0), NULL);
	}
	if (argc > 1 && strcmp(argv[1], "idle") == 0)
		go_host_serve();
	serve();
	return 0;
}
