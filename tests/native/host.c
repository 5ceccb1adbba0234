// Calls of the host: records, parking and waking, with a thread that plays the host. It is no M,
// takes no lock and allocates nothing, and answers at once, later, too late or never.

#include <pthread.h>
#include <unistd.h>

#include "../../runtime/base/atomic.h"
#include "../../runtime/base/os.h"
#include "../../runtime/host/call.h"
#include "../../runtime/host/export.h"
#include "check.h"

extern AtomicU32 os_newscount;

enum { MaxLate = 20000, Long = 5000 };

// --- the host ---

static HostCall *late[MaxLate]; // to be answered when told to
static AtomicU32 nlate, release, forgotten;
static HostCall *acceptor; // the host's alone
static AtomicPtr packet;   // what it is to hand over

static void
settle(HostCall *c)
{
	c->answer = go_number(c->nargs > 0 ? c->args[0].number + 1 : 0);
	rt_hostcall_settle(c);
}

static void
hand_over(void)
{
	Packet *p;

	if (!acceptor || !(p = (Packet *)loadp_acq(&packet)))
		return;
	storep_rel(&packet, 0);
	if (!rt_hostcall_claim(acceptor))
		return;
	acceptor->answer = go_bytes(acceptor->room, sizeof *p + ((GoCall *)(void *)(p + 1))->bytes);
	memcpy(acceptor->room, p, acceptor->answer.len);
	rt_hostcall_settle(acceptor);
	acceptor = NULL;
}

static void
begin(HostCall *c)
{
	if (strcmp(c->name, "worldsema:accept") == 0) {
		acceptor = c;
	} else if (strcmp(c->name, "later") == 0) {
		late[load_relaxed(&nlate)] = c;
		add_seq(&nlate, 1);
	} else if (strcmp(c->name, "never") == 0) {
		return;
	} else if (strcmp(c->name, "long") == 0) {
		if (rt_hostcall_claim(c)) {
			c->answer = go_string_n(c->room, Long);
			rt_hostcall_settle(c);
		}
	} else if (strcmp(c->name, "fails") == 0) {
		if (rt_hostcall_claim(c)) {
			static const char text[] = "TypeError\0no good\0E_BAD";

			memcpy(c->room, text, sizeof text);
			c->answer = go_string_n(c->room, sizeof text);
			c->answer.kind = (GoKind)HostError;
			rt_hostcall_settle(c);
		}
	} else if (rt_hostcall_claim(c)) {
		settle(c);
	}
}

static void *
host(void *arg)
{
	(void)arg;
	for (;;) {
		uint32_t seen = load_seq(&os_newscount), n = load_seq(&release);
		HostCall *c;

		while ((c = rt_hostcall_take()) != NULL) {
			if (c->taken == HostDo || c->taken == HostOwn) {
				begin(c);
			} else if (c->taken == HostFill) {
				memset(c->to, 'x', c->answer.len);
				CHECK(rt_hostcall_claim(c));
				rt_hostcall_settle(c);
			} else {
				add_seq(&forgotten, 1);
				rt_hostcall_giveback(c);
			}
		}
		hand_over();
		if (n > 0) {
			for (uint32_t i = 0; i < load_relaxed(&nlate); i++) {
				CHECK(rt_hostcall_claim(late[i]));
				settle(late[i]);
			}
			store_relaxed(&nlate, 0);
			store_seq(&release, 0);
		}
		os_futexsleep(&os_newscount, seen, -1);
	}
	return NULL;
}

// --- what is tested ---

static GoWaitGroup wg;

static double
ask(const char *name, double x)
{
	GoValue arg = go_number(x), v;

	CHECK(!go_host_call(name, &arg, 1, GO_FOREVER, &v) && v.kind == GO_NUMBER);
	return v.number;
}

static void
asker(void *arg)
{
	int n = (int)(intptr_t)arg;

	for (int i = 0; i < n; i++) {
		CHECK(ask("now", i) == i + 1);
		if (i % 7 == 0)
			go_gosched();
	}
	go_waitgroup_done(&wg);
}

static void
at_once(void)
{
	int n = scaled(200);

	go_waitgroup_add(&wg, 20);
	for (int i = 0; i < 20; i++)
		go(asker, (void *)(intptr_t)n);
	go_waitgroup_wait(&wg);
}

static void
ask_later(void *arg)
{
	double x = (double)(intptr_t)arg;

	CHECK(ask("later", x) == x + 1);
	go_waitgroup_done(&wg);
}

// Everybody waits for the host, and only for that: no deadlock.
static void
all_waiting(void)
{
	int n = getenv("WORLDSEMA_FEW") ? 500 : 10000;

	for (int round = 0; round < 2; round++) {
		go_waitgroup_add(&wg, n);
		for (int i = 0; i < n; i++)
			go(ask_later, (void *)(intptr_t)i);
		while (load_seq(&nlate) < (uint32_t)n)
			ask("now", 0);
		store_seq(&release, 1);
		os_news();
		go_waitgroup_wait(&wg);
	}
}

static void
expect_timeout(GoError *err)
{
	CHECK(err && strcmp(err->name, "TimeoutError") == 0 &&
	      strcmp(err->code, "ERR_TIMEOUT") == 0);
	free(err);
}

// The time is up before the host looks, while it is at it, or as it answers.
static void
hasty(void *arg)
{
	uint32_t seed = (uint32_t)(intptr_t)arg;
	GoValue x = go_number(1), v;

	for (int i = scaled(50); i > 0; i--) {
		GoError *err = go_host_call("now", &x, 1, next_random(&seed) % 50000 + 1, &v);

		if (err)
			expect_timeout(err);
		else
			CHECK(v.kind == GO_NUMBER && v.number == 2);
	}
	go_waitgroup_done(&wg);
}

static void
timeouts(void)
{
	GoValue v;

	expect_timeout(go_host_call("never", NULL, 0, 0, &v));
	expect_timeout(go_host_call("never", NULL, 0, -5, &v));
	while (load_seq(&forgotten) < 5) // often enough the host is late to look
		expect_timeout(go_host_call("never", NULL, 0, GO_MILLISECOND, &v));
	go_waitgroup_add(&wg, 10);
	for (int i = 0; i < 10; i++)
		go(hasty, (void *)(intptr_t)(i + 1));
	go_waitgroup_wait(&wg);
}

static void
long_answers(void)
{
	GoValue v;

	CHECK(!go_host_call("long", NULL, 0, GO_SECOND, &v));
	CHECK(v.kind == GO_STRING && v.len == Long && strlen(v.string) == Long &&
	      v.string[9] == 'x');
	go_value_free(&v);
	CHECK(v.kind == GO_NULL);
	CHECK(!go_host_call("long", NULL, 0, GO_SECOND, NULL));
}

static void
errors(void)
{
	GoValue bad = {.kind = (GoKind)17}, null = {.kind = GO_BYTES, .len = 3};
	char name[300] = "";
	GoError *err = go_host_call("fails", NULL, 0, GO_FOREVER, NULL);

	CHECK(err && !strcmp(err->name, "TypeError") && !strcmp(err->message, "no good"));
	CHECK(!strcmp(err->code, "E_BAD"));
	free(err);
	for (int i = 0; i < 5; i++) {
		err = i == 0   ? go_host_call(NULL, NULL, 0, GO_FOREVER, NULL)
		      : i == 1 ? go_host_call("", NULL, 0, GO_FOREVER, NULL)
		      : i == 2 ? go_host_call(memset(name, 'n', 256), NULL, 0, GO_FOREVER, NULL)
		      : i == 3 ? go_host_call("now", &bad, 1, GO_FOREVER, NULL)
		               : go_host_call("now", &null, 1, GO_FOREVER, NULL);
		CHECK(err && !strcmp(err->code, i < 3 ? "ERR_BAD_NAME" : "ERR_BAD_ARGUMENT"));
		free(err);
	}
}

static GoChan *started;

static void
poke(GoCall *call)
{
	double x = go_call_arg(call, 0).number;

	CHECK(go_call_nargs(call) == 1 && go_call_arg(call, 1).kind == GO_NULL);
	go_chan_send(started, &x);
}
GO_EXPORT_CALL(poke, poke, 0)

// The host starts goroutines while main, and everybody else, waits for one.
static void
accepts(void)
{
	static uint64_t room[(sizeof(Packet) + sizeof(GoCall) + sizeof(GoValue)) / 8 + 2];
	Packet *p = (Packet *)(void *)room;
	GoCall *call = (GoCall *)(void *)(p + 1);
	const GoExport *e = rt_exports();
	double x;

	while (strcmp(e->name, "poke") != 0)
		e = e->next;
	started = go_chan_make(sizeof x, 0);
	go_host_channel("started", started, double); // so to wait for it is no deadlock
	for (int i = 0; i < scaled(100); i++) {
		*p = (Packet){.nmessages = 1};
		*call = (GoCall){.bytes = sizeof *call + sizeof(GoValue), .what = e, .nargs = 1};
		call->args[0] = go_number(i);
		storep_rel(&packet, (uintptr_t)p);
		os_news();
		CHECK(go_chan_recv(started, &x) && x == i);
	}
	go_host_channel_forget(started);
}

int
main(int argc, char **argv)
{
	static const Test tests[] = {TEST(at_once),      TEST(all_waiting), TEST(timeouts),
	                             TEST(long_answers), TEST(errors),      TEST(accepts)};
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, host, NULL) == 0);
	return RUN_TESTS(tests);
}
