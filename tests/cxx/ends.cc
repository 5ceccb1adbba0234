// Where thread_local objects end: before all that is told when the thread has ended, before the
// values of keys, and those of main before the static objects. Their destructors may wait and
// throw. The values of main's keys stay.

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <worldsema.h>

#include "check.hpp"

namespace
{

void
rest()
{
	for (int i = 0; i < 20; i++)
		std::this_thread::yield();
}

struct Sets {
	bool &gone;
	explicit Sets(bool &g) : gone(g)
	{
	}
	~Sets()
	{
		rest();
		gone = true;
	}
};

void
local(bool &gone)
{
	static thread_local Sets sets(gone);

	(void)sets;
}

// --- what is told at a thread's end ---

void
futures()
{
	std::promise<int> promise;
	std::packaged_task<int()> task([] { return 2; });
	std::future<int> first = promise.get_future(), second = task.get_future();
	bool gone = false;

	std::thread a([&] {
		local(gone);
		promise.set_value_at_thread_exit(1);
	});
	check(first.get() == 1 && gone, "set_value_at_thread_exit");
	a.join();
	gone = false;
	std::thread b([&] {
		task.make_ready_at_thread_exit();
		local(gone);
	});
	check(second.get() == 2 && gone, "make_ready_at_thread_exit");
	b.join();
}

void
conditions()
{
	std::mutex m;
	std::condition_variable cv;
	std::unique_lock<std::mutex> lock(m);
	bool gone = false, done = false;

	std::thread t([&] {
		local(gone);
		std::unique_lock<std::mutex> own(m);
		done = true;
		std::notify_all_at_thread_exit(cv, std::move(own));
	});
	cv.wait(lock, [&] { return done; });
	check(gone, "notify_all_at_thread_exit");
	lock.unlock();
	t.join();
}

// --- keys ---

pthread_key_t key;
bool key_gone, after_key;

struct Late {
	~Late()
	{
		rest();
		__atomic_store_n(&after_key, key_gone, __ATOMIC_SEQ_CST);
	}
};

void
end_key(void *gone)
{
	static thread_local Late late;

	(void)late;
	check(*static_cast<bool *>(gone), "a key's value ends behind the objects");
	key_gone = true;
}

void
uses_key(void *gone)
{
	pthread_setspecific(key, gone);
	local(*static_cast<bool *>(gone));
}

void
keys()
{
	bool gone = false;

	pthread_key_create(&key, end_key);
	std::thread(uses_key, &gone).join();
	check(gone && key_gone, "both are gone");
	check(after_key, "an object that a key's destructor made");
}

// Nobody can join it.
void
made_by_go()
{
	static bool gone = false;

	key_gone = after_key = false;
	go_with_stack(uses_key, &gone, 32 << 10);
	while (!__atomic_load_n(&after_key, __ATOMIC_SEQ_CST))
		std::this_thread::yield();
	check(gone && key_gone, "those of a goroutine that go made");
}

// --- the program's end ---

struct Says {
	std::string text;
	explicit Says(const char *t) : text(t)
	{
	}
	~Says()
	{
		rest();
		try {
			throw std::runtime_error(text);
		} catch (const std::exception &e) {
			rest();
			std::printf("%s ends\n", e.what());
		}
	}
};

Says &
static_made_late()
{
	static Says says("a static object");

	return says;
}

void
says_local()
{
	static thread_local Says says("a thread_local object");

	(void)says;
	static_made_late();
}

struct Joins {
	std::mutex m;
	std::condition_variable cv;
	bool stop = false;
	std::thread t{[this] {
		std::unique_lock<std::mutex> lock(m);

		cv.wait(lock, [this] { return stop; });
		rest();
		std::puts("its thread");
	}};
	~Joins()
	{
		{
			std::lock_guard<std::mutex> lock(m);

			stop = true;
		}
		cv.notify_all();
		t.join();
		std::puts("a static pool ends");
	}
};

void
ends(const char *how)
{
	static Joins pool;
	auto says = [](void *text) { std::puts(static_cast<const char *>(text)); };

	pthread_key_create(&key, says);
	pthread_setspecific(key, "a key's value, although the thread goes on until exit");
	if (std::strcmp(how, "main") == 0) {
		says_local();
		return;
	}
	std::thread([] {
		says_local();
		std::exit(3);
	}).join();
}

} // namespace

int
main(int argc, char **argv)
{
	if (argc > 1) {
		ends(argv[1]);
		return 0;
	}
	futures();
	conditions();
	keys();
	made_by_go();
	std::printf("%d wrong\n", wrong);
	return wrong;
}
