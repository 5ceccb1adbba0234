// Two leaks of memory in one server.
//
// Every visitor gets a session in collected memory, and a map finds the session
// by the visitor's number. No session is ever removed. So all sessions can be
// reached, and the collector must keep them: it cannot know which are wanted.
//
// Every request is read into a buffer of malloc. One request in four is a ping.
// An early return handles it, and forgets to free the buffer.
//
// The pages that are sent are collected memory too, and far more of it. They are
// no leak: a page is garbage as soon as it is sent.
//
// What to look for: in the chart, more memory is left after each collection, and
// the line of malloc rises as well. Press h. In the memory in use, remember comes
// first, and then read_request. Most of the memory that was ever allocated is
// render's, so for a leak look at the memory in use.
//
// Arguments: requests a second, MiB to lose before it stops.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

enum { Buckets = 1024, StateBytes = 4000, RequestBytes = 2000, PageBytes = 16000 };

typedef struct Session Session;
struct Session {
	Session *next; // of this bucket
	uint32_t visitor;
	char state[StateBytes];
};

static Session *sessions[Buckets];
static size_t lost; // bytes

static Session *
find(uint32_t visitor)
{
	Session *s = sessions[visitor % Buckets];

	while (s && s->visitor != visitor)
		s = s->next;
	return s;
}

static Session *
remember(uint32_t visitor)
{
	Session *s = go_alloc(sizeof *s);

	s->visitor = visitor;
	s->next = sessions[visitor % Buckets];
	sessions[visitor % Buckets] = s; // sessions stay here: nobody logs out
	lost += sizeof *s;
	return s;
}

static char *
read_request(uint32_t number)
{
	char *request = malloc(RequestBytes);

	snprintf(request, RequestBytes, "%s %u", number % 4 == 0 ? "PING" : "GET", number);
	return request;
}

static void
render(const Session *s)
{
	char *page = go_alloc_noscan(PageBytes);

	snprintf(page, PageBytes, "Good day, visitor %u!", s->visitor);
}

static void
serve(uint32_t number)
{
	char *request = read_request(number);
	uint32_t visitor = number / 2; // each visitor comes twice
	Session *s;

	if (request[0] == 'P') {
		lost += RequestBytes;
		return; // the cure: free(request) here as well
	}
	s = find(visitor);
	render(s ? s : remember(visitor));
	free(request);
}

int
main(int argc, char **argv)
{
	uint32_t rate = argc > 1 ? (uint32_t)atoi(argv[1]) : 500;
	size_t most = (size_t)(argc > 2 ? atoi(argv[2]) : 256) << 20;
	int64_t start = go_nanotime();
	uint32_t number = 0, seconds = 1;

	while (lost < most) {
		int64_t now = go_nanotime() - start;

		for (; number < now * rate / GO_SECOND && lost < most; number++)
			serve(number);
		if (now >= seconds * GO_SECOND) {
			printf("%u requests, %zu MiB lost\n", number, lost >> 20);
			seconds++;
		}
		go_sleep(10 * GO_MILLISECOND);
	}
	printf("%zu MiB are lost: it is enough. Nothing comes any more.\n", lost >> 20);
	for (;;)
		go_sleep(GO_SECOND);
}
