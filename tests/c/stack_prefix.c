// Whatever the size of the buffer, go_stack writes the beginning of the whole text, says how much
// it wrote, and touches nothing behind it. Only the caller, and everybody.

#include "../../runtime/ask/words.h"
#include "check.h"

uint32_t rt_host_counts(CountsHead *head, uint32_t room);

static GoChan *c;

// How often the world was stopped.
static uint32_t
stops(void)
{
	CountsHead head;

	rt_host_counts(&head, sizeof head);
	return head.stops;
}

static void
waiter(void *unused)
{
	(void)unused;
	go_chan_recv(c, NULL);
}

__attribute__((noinline)) static void
inner_waiter(void *unused)
{
	waiter(unused);
}

// One place that asks: the text has its line.
__attribute__((noinline)) static size_t
ask(char *buf, size_t size, bool all)
{
	return go_stack(buf, size, all);
}

static void
prefixes(bool all)
{
	static char whole[1 << 14], part[1 << 14];
	size_t n = 0, got = 0;
	int step = all ? 7 : 1;

	for (size_t k = sizeof whole; k <= sizeof whole; k = k == sizeof whole ? 0 : k + step) {
		char *buf = k == sizeof whole ? whole : part;

		memset(part, '#', sizeof part);
		got = ask(buf, k, all);
		if (buf == whole) {
			n = got;
			continue;
		}
		if (k > n + 10)
			break;
		check(got == (k < n ? k : n));
		check(memcmp(part, whole, got) == 0);
		check(part[got] == '#');
	}
	check(n > 100 && n < sizeof whole);
	check(memcmp(whole, "goroutine 1 [running]:\nask(...)\n", 32) == 0);
	check(whole[n - 1] == '\n');
	whole[n] = 0;
	check((strstr(whole, "[chan receive]:") != NULL) == all);
	check((strstr(whole, "created by ") != NULL) == all);
	check(!strstr(whole, "runtime/"));
	printf("%s\n", all ? "everybody" : "caller");
}

int
main(void)
{
	uint32_t before;

	c = go_chan_make(0, 0);
	for (int i = 0; i < 5; i++)
		go(i % 2 ? waiter : inner_waiter, NULL);
	until_waiting(5, "chan receive");
	before = stops();
	check(go_stack(NULL, 0, false) == 0);
	prefixes(false);
	check(stops() == before); // nothing, for the caller alone
	check(go_stack(NULL, 0, true) == 0);
	check(stops() == before + 1);
	prefixes(true);
	return 0;
}
