// Threads of C++ are goroutines: std::thread, mutexes, conditions, futures, call_once, statics and
// thread_local objects, more of them than there are workers.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"

static std::atomic<int> born, died;

struct Local {
	int number = ++born;
	~Local()
	{
		died++;
	}
};

static thread_local Local local;
static thread_local std::string text = "fresh";

struct Slow {
	int made;
	Slow()
	{
		std::this_thread::sleep_for(std::chrono::milliseconds(1));
		made = 1;
	}
};

static Slow &
once()
{
	static Slow slow;
	return slow;
}

static void
locals()
{
	std::vector<std::thread> all;
	std::atomic<int> sum{0};

	for (int i = 0; i < 50; i++)
		all.emplace_back([i, &sum] {
			check(text == "fresh", "a thread_local string");
			text = std::to_string(i);
			sum += local.number;
			std::this_thread::yield();
			check(text == std::to_string(i), "a thread_local string, later");
			check(once().made == 1, "a static");
		});
	for (auto &t : all)
		t.join();
	check(born == 50 && died == 50, "thread_local objects");
	check(sum == 50 * 51 / 2, "their numbers");
}

static void
mutexes()
{
	std::recursive_mutex recursive;
	std::timed_mutex timed;
	std::shared_mutex shared;
	std::vector<std::thread> all;
	int count = 0, version = 0;

	for (int i = 0; i < 20; i++)
		all.emplace_back([&, i] {
			for (int k = 0; k < 20; k++) {
				std::lock_guard<std::recursive_mutex> one(recursive);
				std::lock_guard<std::recursive_mutex> two(recursive);
				int before = count;
				std::this_thread::yield();
				count = before + 1;
			}
			if (i % 4 == 0) {
				std::unique_lock<std::shared_mutex> lock(shared);
				version++;
			} else {
				std::shared_lock<std::shared_mutex> lock(shared);
				int seen = version;
				std::this_thread::yield();
				check(seen == version, "a reader");
			}
		});
	for (auto &t : all)
		t.join();
	check(count == 400 && version == 5, "counts");
	timed.lock();
	std::thread([&] {
		check(!timed.try_lock_for(std::chrono::milliseconds(1)), "try_lock_for");
	}).join();
	timed.unlock();
}

static void
futures()
{
	std::vector<std::future<int>> all;
	std::promise<int> promise;
	std::mutex m;
	std::condition_variable cv;
	int turn = 0;
	std::once_flag flag;
	int calls = 0;

	for (int i = 0; i < 100; i++)
		all.push_back(std::async(std::launch::async, [&, i] {
			std::call_once(flag, [&] { calls++; });
			std::unique_lock<std::mutex> lock(m);
			cv.wait(lock, [&] { return turn == i; });
			turn++;
			cv.notify_all();
			return i;
		}));
	int sum = 0;
	for (auto &f : all)
		sum += f.get();
	check(sum == 4950 && calls == 1, "async");
	std::thread([&] { promise.set_value(5); }).detach();
	check(promise.get_future().get() == 5, "a promise");
	std::unique_lock<std::mutex> lock(m);
	check(!cv.wait_for(lock, std::chrono::milliseconds(1), [] { return false; }), "wait_for");
}

int
main()
{
	locals();
	mutexes();
	futures();
	std::printf("%d wrong\n", wrong);
	return 0;
}
