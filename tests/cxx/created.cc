// Where threads were made, as dumps tell it. Each is made at a line that says so.
#include <cstdio>
#include <cstring>
#include <future>
#include <pthread.h>
#include <string>
#include <thread>
#include <threads.h>
#include <unistd.h>
#include <vector>
#include <worldsema.h>

static GoChan *never;

static void
waits()
{
	go_chan_recv(never, nullptr);
}

static void *
waits_too(void *arg)
{
	waits();
	return arg;
}

static int
waits_as_well(void *)
{
	waits();
	return 0;
}

struct Starter {
	std::vector<std::thread> all;
	void start();
};

__attribute__((noinline)) void
Starter::start()
{
	all.emplace_back(waits); // made: Starter::start
}

namespace pool
{
template <class T>
__attribute__((noinline)) void
begin(T *t)
{
	pthread_create(t, nullptr, waits_too, nullptr); // made: pool::begin<unsigned long>
}
} // namespace pool

int
main()
{
	never = go_chan_make(0, 0);
	pthread_t p;
	thrd_t c;
	Starter starter;
	pthread_create(&p, nullptr, waits_too, nullptr); // made: main
	thrd_create(&c, waits_as_well, nullptr);         // made: main
	std::thread plain(waits);                        // made: main
	std::thread nested([] {                          // made: main
		std::thread inner(waits);                // made: main::$_0::operator()
		waits();
	});
	auto answer = std::async(std::launch::async, waits); // made: main
	starter.start();
	pool::begin(reinterpret_cast<unsigned long *>(&p));
	while (go_num_goroutine() < 9)
		go_gosched();
	static char text[1 << 16];
	text[go_stack(text, sizeof text - 1, true)] = 0;
	for (const char *at = text; (at = std::strstr(at, "\ncreated by ")) != nullptr; at++) {
		const char *end = std::strchr(std::strchr(at + 1, '\n') + 1, '\n');
		std::printf("%.*s\n", static_cast<int>(end - at - 1), at + 1);
	}
	std::fflush(stdout);
	_exit(0);
}
