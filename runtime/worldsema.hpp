#ifndef WORLDSEMA_HPP
#define WORLDSEMA_HPP

// worldsema for C++17: goroutines of closures, channels of any type that can be moved, select,
// locks, contexts and groups, over worldsema.h. Everything is in the namespace worldsema. What
// throws does so as its C function panics, or as it says here. After Go's language, and its
// packages context and errgroup.

#include <array>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "worldsema.h"

namespace worldsema
{

using duration = std::chrono::nanoseconds;

// Parks the goroutine for at least this long.
MAYSWITCH inline void
sleep(duration d)
{
	go_sleep(d.count());
}

// --- goroutines ---

// Starts f() as a goroutine. f is moved or copied. An exception that leaves it ends the program
// with its type and what(). stack_bytes as in go_with_stack; 0: the default.
template <class F>
void
go(F &&f, size_t stack_bytes = 0, const char *func = __builtin_FUNCTION(),
   const char *file = __builtin_FILE(), int line = __builtin_LINE())
{
	using Fn = std::decay_t<F>;
	auto run = [](void *arg) { (*std::unique_ptr<Fn>(static_cast<Fn *>(arg)))(); };

	go_at(run, new Fn(std::forward<F>(f)), stack_bytes, go_site_(func, file, line));
}

// The same with a result. Its future has the value of f(), or the exception that f threw.
template <class F>
auto
async(F &&f, const char *func = __builtin_FUNCTION(), const char *file = __builtin_FILE(),
      int line = __builtin_LINE())
{
	std::packaged_task<std::invoke_result_t<std::decay_t<F>>()> task(std::forward<F>(f));
	auto result = task.get_future();

	go(std::move(task), 0, func, file, line);
	return result;
}

// Runs f() when the scope ends, however it ends.
template <class F> class [[nodiscard]] deferred
{
	F f;

      public:
	explicit deferred(F fn) : f(std::move(fn))
	{
	}
	deferred(const deferred &) = delete;
	deferred &operator=(const deferred &) = delete;
	~deferred()
	{
		f();
	}
};

template <class F>
deferred<std::decay_t<F>>
defer(F &&f)
{
	return deferred<std::decay_t<F>>(std::forward<F>(f));
}

// --- locks: for std::lock_guard, std::unique_lock, std::shared_lock ---

class mutex
{
	GoMutex m = {};

      public:
	mutex() = default;
	mutex(const mutex &) = delete;
	mutex &operator=(const mutex &) = delete;
	MAYSWITCH void
	lock()
	{
		go_mutex_lock(&m);
	}
	bool
	try_lock()
	{
		return go_mutex_trylock(&m);
	}
	void
	unlock()
	{
		go_mutex_unlock(&m);
	}
};

class shared_mutex
{
	GoRWMutex m = {};

      public:
	shared_mutex() = default;
	shared_mutex(const shared_mutex &) = delete;
	shared_mutex &operator=(const shared_mutex &) = delete;
	MAYSWITCH void
	lock()
	{
		go_rwmutex_lock(&m);
	}
	void
	unlock()
	{
		go_rwmutex_unlock(&m);
	}
	MAYSWITCH void
	lock_shared()
	{
		go_rwmutex_rlock(&m);
	}
	void
	unlock_shared()
	{
		go_rwmutex_runlock(&m);
	}
};

// --- channels ---

// A channel of T, which can be moved. A chan is a handle: copies are the same channel. It is freed,
// with the elements that nobody received, when the last handle goes.
template <class T> class chan
{
	struct Owner {
		GoChan *c;

		explicit Owner(size_t capacity)
		    : c(go_chan_make(sizeof(T *), static_cast<ptrdiff_t>(capacity)))
		{
		}
		Owner(const Owner &) = delete;
		Owner &operator=(const Owner &) = delete;
		~Owner()
		{
			T *left = nullptr;
			bool ok = false;

			while (go_chan_try_recv(c, &left, &ok) && ok)
				delete left;
			go_chan_free(c);
		}
	};
	std::shared_ptr<Owner> owner;

      public:
	explicit chan(size_t capacity = 0) : owner(std::make_shared<Owner>(capacity))
	{
	}

	// Waits until a receiver has the value, or the buffer has room for it.
	MAYSWITCH void
	send(T value) const
	{
		auto own = std::make_unique<T>(std::move(value));
		T *p = own.get();

		go_chan_send(owner->c, &p);
		own.release();
	}

	// Nothing: the channel is closed, and all its elements are received.
	MAYSWITCH std::optional<T>
	recv() const
	{
		T *p = nullptr;

		return go_chan_recv(owner->c, &p) ? taken(p) : std::nullopt;
	}

	void
	close() const
	{
		go_chan_close(owner->c);
	}
	size_t
	size() const
	{
		return go_chan_len(owner->c);
	}
	size_t
	capacity() const
	{
		return go_chan_cap(owner->c);
	}
	GoChan *
	raw() const
	{
		return owner->c;
	} // its elements are T *

	static std::optional<T>
	taken(T *p)
	{
		std::unique_ptr<T> own(p);

		return std::optional<T>(std::move(*own));
	}

	// for (T &value : channel): until it is closed.
	class iterator
	{
		const chan *c;
		std::optional<T> now;

	      public:
		explicit iterator(const chan *from) : c(from)
		{
			++*this;
		}
		T &
		operator*()
		{
			return *now;
		}
		MAYSWITCH iterator &
		operator++()
		{
			if (c)
				now = c->recv();
			return *this;
		}
		bool
		operator!=(const iterator &) const
		{
			return now.has_value();
		}
	};
	MAYSWITCH iterator
	begin() const
	{
		return iterator(this);
	}
	iterator
	end() const
	{
		return iterator(nullptr);
	}
};

// --- select ---

// Arms of select. on(c, f) receives: f gets a std::optional<T>, which is empty if c is closed.
// to(c, value, f) sends. otherwise(f) runs if no other arm is ready.
template <class T, class F> class receive_arm
{
	chan<T> c;
	F f;
	T *got = nullptr;

      public:
	receive_arm(chan<T> from, F fn) : c(std::move(from)), f(std::move(fn))
	{
	}
	GoCase
	arm()
	{
		return {c.raw(), GO_RECV, &got, false};
	}
	MAYSWITCH void
	run(bool ok)
	{
		f(ok ? chan<T>::taken(got) : std::nullopt);
	}
	static constexpr bool waits = true;
};

template <class T, class F> class send_arm
{
	chan<T> c;
	std::unique_ptr<T> value;
	F f;
	T *p = nullptr;

      public:
	send_arm(chan<T> to, T v, F fn)
	    : c(std::move(to)), value(std::make_unique<T>(std::move(v))), f(std::move(fn))
	{
	}
	GoCase
	arm()
	{
		p = value.get();
		return {c.raw(), GO_SEND, &p, false};
	}
	MAYSWITCH void
	run(bool)
	{
		value.release();
		f();
	}
	static constexpr bool waits = true;
};

// A channel that only closes: a context's.
template <class F> class closed_arm
{
	GoChan *c;
	F f;

      public:
	closed_arm(GoChan *of, F fn) : c(of), f(std::move(fn))
	{
	}
	GoCase
	arm()
	{
		return {c, GO_RECV, nullptr, false};
	}
	MAYSWITCH void
	run(bool)
	{
		f();
	}
	static constexpr bool waits = true;
};

template <class F> class otherwise_arm
{
	F f;

      public:
	explicit otherwise_arm(F fn) : f(std::move(fn))
	{
	}
	GoCase
	arm()
	{
		return {nullptr, GO_RECV, nullptr, false};
	}
	MAYSWITCH void
	run(bool)
	{
		f();
	}
	static constexpr bool waits = false;
};

template <class T, class F>
receive_arm<T, std::decay_t<F>>
on(const chan<T> &c, F &&f)
{
	return {c, std::forward<F>(f)};
}

template <class T, class V, class F>
send_arm<T, std::decay_t<F>>
to(const chan<T> &c, V &&value, F &&f)
{
	return {c, T(std::forward<V>(value)), std::forward<F>(f)};
}

template <class F>
otherwise_arm<std::decay_t<F>>
otherwise(F &&f)
{
	return otherwise_arm<std::decay_t<F>>(std::forward<F>(f));
}

// Performs one arm that is ready, chosen at random, and runs its function. If none is ready it
// waits, or runs the function of otherwise.
template <class... Arms>
MAYSWITCH void
select(Arms &&...arms)
{
	constexpr bool waits = (std::decay_t<Arms>::waits && ...);
	std::array<GoCase, sizeof...(Arms)> cases{arms.arm()...};
	int n = go_select(cases.data(), static_cast<int>(cases.size()), waits), k = 0;

	(
		[&] {
			int mine = k++;

			if (n >= 0 ? mine == n : !std::decay_t<Arms>::waits)
				arms.run(cases[static_cast<size_t>(mine)].ok);
		}(),
		...);
}

// --- contexts ---

struct canceled : std::runtime_error {
	canceled() : std::runtime_error("context canceled")
	{
	}
};

struct deadline_exceeded : std::runtime_error {
	deadline_exceeded() : std::runtime_error("context deadline exceeded")
	{
	}
};

// Tells goroutines to stop: when cancel() is called, when its time is up, or when its parent is
// over. A context is a handle: copies are the same context.
class context
{
	struct State {
		mutex m;
		bool over = false, late = false;
		GoChan *done = go_chan_make(0, 0);
		GoTimer *timer = nullptr;
		std::weak_ptr<State> *timed = nullptr; // the timer's
		std::vector<std::weak_ptr<State>> children;

		State() = default;
		State(const State &) = delete;
		State &operator=(const State &) = delete;
		~State()
		{
			if (timer && go_timer_stop(timer))
				delete timed;
			if (timer)
				go_timer_free(timer);
			go_chan_free(done);
		}
		MAYSWITCH void
		end(bool was_late)
		{
			std::vector<std::weak_ptr<State>> kids;

			m.lock();
			if (!over) {
				over = true;
				late = was_late;
				kids.swap(children);
				go_chan_close(done);
			}
			m.unlock();
			for (auto &kid : kids)
				if (auto k = kid.lock())
					k->end(was_late);
		}
	};
	std::shared_ptr<State> state = std::make_shared<State>();

	static void
	expire(void *arg)
	{
		std::unique_ptr<std::weak_ptr<State>> timed(
			static_cast<std::weak_ptr<State> *>(arg));

		if (auto s = timed->lock())
			s->end(true);
	}

      public:
	// One that is over only when cancel() is called.
	context() = default;

	// One that is over when this one is, or earlier.
	context
	child() const
	{
		context c;

		state->m.lock();
		bool over = state->over, late = state->late;
		if (!over) {
			auto gone = [](const std::weak_ptr<State> &kid) { return kid.expired(); };
			auto &kids = state->children;

			for (size_t i = 0; i < kids.size();)
				if (gone(kids[i])) {
					kids[i] = kids.back();
					kids.pop_back();
				} else {
					i++;
				}
			kids.push_back(c.state);
		}
		state->m.unlock();
		if (over)
			c.state->end(late);
		return c;
	}

	// The same, over after this time at the latest.
	context
	with_timeout(duration d) const
	{
		context c = child();

		c.state->timed = new std::weak_ptr<State>(c.state);
		c.state->timer = go_timer_start(d.count(), 0, expire, c.state->timed);
		return c;
	}

	MAYSWITCH void
	cancel() const
	{
		state->end(false);
	}

	// Is it over?
	bool
	over() const
	{
		std::unique_lock<mutex> lock(state->m);

		return state->over;
	}

	// Throws canceled or deadline_exceeded if it is over.
	void
	check() const
	{
		std::unique_lock<mutex> lock(state->m);

		if (state->over && state->late)
			throw deadline_exceeded();
		if (state->over)
			throw canceled();
	}

	// Closed when it is over.
	GoChan *
	done() const
	{
		return state->done;
	}

	// Parks the goroutine for so long, or until it is over: then throws as check() does.
	MAYSWITCH void
	sleep(duration d) const
	{
		GoChan *timer = go_after(d.count());
		GoCase arms[2] = {{timer, GO_RECV, nullptr, false},
		                  {state->done, GO_RECV, nullptr, false}};

		go_select(arms, 2, true);
		go_chan_free(timer);
		check();
	}
};

template <class F>
closed_arm<std::decay_t<F>>
on(const context &c, F &&f)
{
	return {c.done(), std::forward<F>(f)};
}

// --- groups ---

// Goroutines that work together. The first that throws cancels the group's context; wait() then
// throws what it threw. The destructor waits, too.
class group
{
	struct State {
		mutex m;
		std::exception_ptr first;
		GoWaitGroup running = {};
		context ctx;
	};
	std::shared_ptr<State> state = std::make_shared<State>();

      public:
	explicit group(const context &parent = context())
	{
		state->ctx = parent.child();
	}
	group(const group &) = delete;
	group &operator=(const group &) = delete;
	~group()
	{
		go_waitgroup_wait(&state->running);
	}

	const context &
	ctx() const
	{
		return state->ctx;
	}

	// Starts f(), or f(ctx) if it takes the context.
	template <class F>
	void
	go(F &&f, const char *func = __builtin_FUNCTION(), const char *file = __builtin_FILE(),
	   int line = __builtin_LINE())
	{
		auto run = [s = state, fn = std::decay_t<F>(std::forward<F>(f))]() mutable {
			auto done = defer([&] { go_waitgroup_done(&s->running); });

			try {
				if constexpr (std::is_invocable_v<std::decay_t<F> &,
				                                  const context &>)
					fn(s->ctx);
				else
					fn();
			} catch (...) {
				std::unique_lock<mutex> lock(s->m);

				if (!s->first)
					s->first = std::current_exception();
				lock.unlock();
				s->ctx.cancel();
			}
		};

		go_waitgroup_add(&state->running, 1);
		worldsema::go(std::move(run), 0, func, file, line);
	}

	// Waits for all, and throws what the first that failed threw.
	MAYSWITCH void
	wait()
	{
		go_waitgroup_wait(&state->running);
		if (auto first = std::exchange(state->first, nullptr))
			std::rethrow_exception(first);
	}
};

} // namespace worldsema

#endif
