// Goroutines wait in try blocks, in catch blocks, in destructors, also in that of what was thrown,
// which JavaScript calls; and they throw through frames that waited.

#include <cstdio>
#include <stdexcept>
#include <string>
#include <worldsema.h>

namespace
{

constexpr int N = 20;

GoWaitGroup wg;
int wrong;

struct Guard {
	int &left;
	~Guard()
	{
		go_gosched();
		left++;
	}
};

int thrown, ended; // counted by goroutines on several workers

struct Fault : std::runtime_error {
	explicit Fault(int v) : std::runtime_error("v" + std::to_string(v))
	{
		__atomic_fetch_add(&thrown, 1, __ATOMIC_SEQ_CST);
	}
	Fault(const Fault &) = delete;
	~Fault() override
	{
		go_gosched();
		__atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
	}
};

int
deep(GoChan *c, int depth, int &left)
{
	Guard guard{left};

	if (depth > 0)
		return deep(c, depth - 1, left) + 1;
	int v;
	go_chan_recv(c, &v);
	if (v % 3 == 0)
		throw Fault(v);
	return v;
}

// What a throw leaves: levels of go_protect with deferred calls, which wait, throw and catch, and a
// go_once.

void
deferred(void *arg)
{
	go_gosched();
	try {
		throw Fault(7);
	} catch (const Fault &) {
		go_gosched();
	}
	++*static_cast<int *>(arg);
}

void
fails(void *)
{
	go_gosched();
	throw Fault(3);
}

void
throws(void *arg)
{
	go_defer(deferred, arg);
	fails(arg);
}

void
level(void *arg)
{
	go_defer(deferred, arg);
	go_protect(throws, arg);
}

void
panics(void *text)
{
	go_panic(static_cast<const char *>(text));
}

bool
leaves()
{
	int calls = 0, caught = 0;
	GoOnce once = {};

	for (auto fn : {throws, level}) {
		try {
			go_protect(fn, &calls);
		} catch (const Fault &e) {
			caught += e.what()[1] == '3' && calls == (fn == level ? 3 : 1);
		}
	}
	try {
		go_once_do(&once, fails, nullptr);
	} catch (const Fault &) {
		caught++;
	}
	go_once_do(&once, panics, const_cast<char *>("again")); // has run already
	const char *text = go_protect(panics, const_cast<char *>("after"));
	return caught == 3 && text && std::string(text) == "after";
}

void
run(void *arg)
{
	auto *c = static_cast<GoChan *>(arg);

	for (int i = 0; i < 10; i++) {
		int left = 0;
		try {
			int v = deep(c, 3, left);
			if ((v - 3) % 3 == 0)
				wrong++;
		} catch (const std::exception &e) {
			go_gosched();
			if (e.what()[0] != 'v')
				wrong++;
		}
		if (left != 4 || !leaves())
			wrong++;
	}
	go_waitgroup_done(&wg);
}

} // namespace

int dispatch(); // of dispatch.cc

int
main(int argc, char **)
{
	if (argc > 1)
		return dispatch();

	GoChan *c = go_chan_make(sizeof(int), 0);

	go_waitgroup_add(&wg, N);
	for (int i = 0; i < N; i++)
		go_with_stack(run, c, 64 << 10);
	for (int i = 0; i < 10 * N; i++)
		go_chan_send(c, &i);
	go_waitgroup_wait(&wg);
	if (ended != thrown)
		wrong++;
	std::printf("%d wrong\n", wrong);
	return wrong;
}
