// Waits of C++20: std::atomic::wait, latches, barriers, semaphores. More threads wait than there
// are workers.

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <latch>
#include <semaphore>
#include <thread>
#include <vector>

#include "check.hpp"

template <class F>
static void
with_threads(int n, F f)
{
	std::vector<std::thread> all;

	for (int i = 0; i < n; i++)
		all.emplace_back(f, i);
	for (auto &t : all)
		t.join();
}

struct Pair {
	short a, b;
	bool operator==(const Pair &) const = default;
};

// All wait for each value in turn; the last one that has seen it sets the next.
template <class T>
static void
rounds(const char *what, T first, T second)
{
	enum { N = 50, Rounds = 6 };
	std::atomic<T> value(first);
	std::atomic<int> seen(0);

	with_threads(N, [&](int) {
		for (int i = 0; i < Rounds; i++) {
			bool odd = i % 2 == 1;

			if (seen.fetch_add(1) % N == N - 1) {
				value.store(odd ? first : second);
				value.notify_all();
			} else {
				value.wait(odd ? second : first);
			}
		}
	});
	check(seen == N * Rounds, what);
}

// One wake lets one thread go.
static void
one_by_one()
{
	enum { N = 30 };
	std::atomic<int> turn(0);
	std::atomic_flag flag = ATOMIC_FLAG_INIT;
	int sum = 0;

	std::thread waker([&] {
		flag.wait(false);
		turn.store(1);
		turn.notify_all();
	});
	flag.test_and_set();
	flag.notify_one();
	with_threads(N, [&](int i) {
		for (int now; (now = turn.load()) != i + 1;)
			turn.wait(now);
		sum += i;
		turn.store(i + 2);
		turn.notify_all();
	});
	waker.join();
	check(sum == N * (N - 1) / 2, "turns");
}

static void
latches()
{
	enum { N = 40 };
	std::latch begin(1), end(N);
	std::atomic<int> ran(0);
	std::vector<std::thread> all;

	for (int i = 0; i < N; i++)
		all.emplace_back([&] {
			begin.wait();
			ran++;
			end.count_down();
		});
	check(ran == 0, "a latch that lets through early");
	begin.count_down();
	end.wait();
	check(ran == N, "a latch");
	for (auto &t : all)
		t.join();
}

static void
barriers()
{
	enum { N = 20, Rounds = 5 };
	int phase = 0;
	std::atomic<int> late(0);
	auto next = [&]() noexcept { phase++; };
	std::barrier<decltype(next)> all(N, next);

	with_threads(N, [&](int) {
		for (int i = 0; i < Rounds; i++) {
			late += phase != i;
			all.arrive_and_wait();
		}
	});
	check(phase == Rounds && late == 0, "a barrier");
}

static void
semaphores()
{
	enum { N = 40 };
	std::counting_semaphore<3> three(3);
	std::binary_semaphore ping(0), pong(0);
	std::atomic<int> inside(0), most(0);

	with_threads(N, [&](int) {
		three.acquire();
		int now = ++inside;
		for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);)
			;
		std::this_thread::yield();
		inside--;
		three.release();
	});
	check(most <= 3 && inside == 0, "a semaphore");
	std::thread other([&] {
		for (int i = 0; i < 100; i++) {
			ping.acquire();
			pong.release();
		}
	});
	for (int i = 0; i < 100; i++) {
		ping.release();
		pong.acquire();
	}
	other.join();
	check(!ping.try_acquire_for(std::chrono::milliseconds(1)), "try_acquire_for");
}

// Four threads that wait for ever.
static void
deadlock()
{
	std::atomic<int> word(0);
	std::atomic<long long> wide(0);
	std::latch latch(1);
	std::counting_semaphore<3> none(0);

	std::thread a([&] { word.wait(0); });
	std::thread b([&] { wide.wait(0); });
	std::thread c([&] { latch.wait(); });
	none.acquire();
	a.join();
	b.join();
	c.join();
}

int
main(int argc, char **)
{
	if (argc > 1)
		deadlock();
	rounds<int>("wait for int", 1, 2);
	rounds<long long>("wait for long long", 1, 1LL << 32);
	rounds<char>("wait for char", 'a', 'b');
	rounds<Pair>("wait for a struct", {1, 2}, {1, 3});
	rounds<double>("wait for double", 1.5, 2.5);
	one_by_one();
	latches();
	barriers();
	semaphores();
	std::printf("%d wrong\n", wrong);
	return 0;
}
