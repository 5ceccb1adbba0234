// worldsema.hpp: goroutines of closures, channels of movable types, select, locks, contexts,
// groups.

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <string>
#include <thread>
#include <worldsema.hpp>

#include "check.hpp"

namespace ws = worldsema;
using namespace std::chrono_literals;

static int alive;

struct Counted {
	int n;
	explicit Counted(int i) : n(i)
	{
		alive++;
	}
	Counted(Counted &&other) : n(other.n)
	{
		alive++;
	}
	Counted &operator=(Counted &&) = default;
	~Counted()
	{
		alive--;
	}
};

template <class E, class F>
static bool
throws(F f)
{
	try {
		f();
	} catch (const E &) {
		return true;
	}
	return false;
}

static void
channels()
{
	ws::chan<std::unique_ptr<std::string>> texts;
	ws::chan<int> sums(1);

	ws::go([=] {
		int length = 0;

		for (auto &text : texts)
			length += static_cast<int>(text->size());
		sums.send(length);
	});
	for (int i = 0; i < 100; i++)
		texts.send(std::make_unique<std::string>(static_cast<size_t>(i), 'x'));
	texts.close();
	check(sums.recv() == 4950, "a channel of unique_ptr");
	check(!texts.recv(), "a closed channel");
	{
		ws::chan<Counted> left(10);

		for (int i = 0; i < 5; i++)
			left.send(Counted(i));
		check(left.size() == 5 && left.capacity() == 10, "size and capacity");
		check(left.recv()->n == 0, "the first");
	}
	check(alive == 0, "elements that nobody received are destroyed");
}

static void
selects()
{
	ws::chan<int> a, b, answer(1);
	int got = 0, none = 0, sent = 0;

	ws::select(ws::on(a, [&](auto) { got++; }), ws::otherwise([&] { none++; }));
	check(none == 1 && got == 0, "otherwise");
	ws::go([=] {
		for (int i = 0; i < 10; i++)
			(i % 2 ? a : b).send(i);
		a.close();
	});
	for (bool open = true; open;)
		ws::select(ws::on(a,
		                  [&](std::optional<int> v) {
					  open = v.has_value();
					  got += v.value_or(0);
				  }),
		           ws::on(b, [&](std::optional<int> v) { got += *v * 100; }));
	check(got == 25 + 2000, "two channels");
	ws::select(ws::to(answer, 7, [&] { sent++; }));
	check(sent == 1 && answer.recv() == 7, "to");
}

static void
locks()
{
	ws::mutex m;
	ws::shared_mutex rw;
	ws::group all;
	int count = 0, version = 0;

	for (int i = 0; i < 20; i++)
		all.go([&, i] {
			for (int k = 0; k < 20; k++) {
				std::lock_guard<ws::mutex> lock(m);
				int before = count;

				go_gosched();
				count = before + 1;
			}
			if (i % 5 == 0) {
				std::unique_lock<ws::shared_mutex> lock(rw);
				version++;
			} else {
				std::shared_lock<ws::shared_mutex> lock(rw);
				int seen = version;

				go_gosched();
				check(seen == version, "a reader");
			}
		});
	all.wait();
	check(count == 400 && version == 4, "locks");
	check(m.try_lock() && !m.try_lock(), "try_lock");
	m.unlock();
}

static void
results()
{
	auto good = ws::async([] { return std::string("good"); });
	auto bad = ws::async([]() -> int { throw std::runtime_error("bad"); });
	int order = 0;

	check(good.get() == "good", "a result");
	check(throws<std::runtime_error>([&] { bad.get(); }), "an exception of a goroutine");
	{
		auto last = ws::defer([&] { order = order * 10 + 1; });
		auto first = ws::defer([&] { order = order * 10 + 2; });
	}
	check(order == 21, "defer");
	go_protect(
		[](void *arg) {
			auto deferred = ws::defer([=] { *static_cast<int *>(arg) = 5; });

			go_panic("passes");
		},
		&order);
	check(order == 5, "defer when a panic passes");
}

static void
contexts()
{
	ws::context root;
	ws::context child = root.child(), timed = child.with_timeout(1ms);
	bool told = false;

	check(!root.over() && !child.over(), "not over");
	ws::select(ws::on(timed, [&] { told = true; }));
	check(told && timed.over() && !child.over(), "its time is up");
	check(throws<ws::deadline_exceeded>([&] { timed.check(); }), "deadline_exceeded");
	ws::go([=] { root.cancel(); });
	check(throws<ws::canceled>([&] { child.sleep(1h); }), "canceled while it sleeps");
	check(throws<ws::canceled>([&] { root.child().check(); }), "a child that comes late");
	check(throws<ws::deadline_exceeded>([&] { timed.check(); }), "the first reason stays");
	for (int i = 0; i < 1000; i++)
		ws::context().with_timeout(1h);
}

static void
groups()
{
	ws::group g;
	std::atomic<int> stopped{0}, done{0};

	for (int i = 0; i < 10; i++)
		g.go([&, i](const ws::context &ctx) {
			if (i == 7)
				throw std::runtime_error("seven");
			try {
				ctx.sleep(1h);
			} catch (const ws::canceled &) {
				stopped++;
			}
		});
	check(throws<std::runtime_error>([&] { g.wait(); }), "the first that fails");
	check(stopped == 9 && g.ctx().over(), "the others are told");
	{
		ws::group waits;

		for (int i = 0; i < 10; i++)
			waits.go([&] {
				ws::sleep(1ms);
				done++;
			});
	}
	check(done == 10, "the destructor waits");
}

// Groups whose scopes are left while their goroutines wait to be told.
static void
left()
{
	std::atomic<int> told{0};
	auto start = [&told](ws::group &g) {
		g.go([&told](const ws::context &ctx) {
			auto end = ws::defer([&told] { told++; });

			ctx.sleep(1h);
		});
	};
	auto throwing = [&] {
		ws::group g;

		start(g);
		throw std::runtime_error("left");
	};
	auto nested = [&] {
		try {
			throwing();
		} catch (const std::runtime_error &) {
			ws::group g;

			start(g);
			throw;
		}
	};
	check(throws<std::runtime_error>(throwing) && told == 1, "a group that a throw leaves");
	check(throws<std::runtime_error>(nested) && told == 3, "and one in a catch block");
	ws::group outer;
	outer.go([&] {
		ws::group g;

		start(g);
		go_exit();
	});
	outer.wait();
	check(told == 4, "a group that go_exit leaves");
	std::thread([&] {
		ws::group g;

		start(g);
		pthread_exit(nullptr);
	}).join();
	check(told == 5, "a group that pthread_exit leaves");
}

// What was moved or used up.
static void
moved()
{
	ws::chan<int> from(1), to = std::move(from);
	ws::group g, h = std::move(g);
	auto once = ws::to(to, 7, [] {});
	auto late = ws::on(ws::context().with_timeout(1ms), [] {});
	int none = 0;

	ws::select(once);
	check(to.recv() == 7, "an arm");
	ws::select(once, ws::otherwise([&] { none++; }));
	check(none == 1, "an arm that has sent its value");
	ws::select(late);
	check(go_protect([](void *c) { static_cast<ws::chan<int> *>(c)->close(); }, &from),
	      "a chan that was moved");
	check(go_protect([](void *moved) { static_cast<ws::group *>(moved)->wait(); }, &g),
	      "a group that was moved");
	h.wait();
}

int
main()
{
	channels();
	selects();
	locks();
	results();
	contexts();
	groups();
	left();
	moved();
	std::printf("%d wrong\n", wrong);
	return 0;
}
