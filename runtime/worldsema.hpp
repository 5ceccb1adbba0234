#ifndef WORLDSEMA_HPP
#define WORLDSEMA_HPP

// worldsema for C++17: goroutines of closures, channels of any type that can be moved, select,
// locks, contexts and groups, over worldsema.h. Everything is in the namespace worldsema. What
// throws does so as its C function panics, or as it says here. After Go's language, and its
// packages context and errgroup.

#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

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

		go_chan_send(raw(), &p);
		own.release();
	}

	// Nothing: the channel is closed, and all its elements are received.
	MAYSWITCH std::optional<T>
	recv() const
	{
		T *p = nullptr;

		return go_chan_recv(raw(), &p) ? taken(p) : std::nullopt;
	}

	void
	close() const
	{
		go_chan_close(raw());
	}
	size_t
	size() const
	{
		return go_chan_len(raw());
	}
	size_t
	capacity() const
	{
		return go_chan_cap(raw());
	}
	// Its elements are T *. A chan that was moved is a nil channel.
	GoChan *
	raw() const
	{
		return owner ? owner->c : nullptr;
	}

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
		p = value.get(); // NULL: it is sent already
		return {p ? c.raw() : nullptr, GO_SEND, &p, false};
	}
	MAYSWITCH void
	run(bool)
	{
		value.release();
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
	static constexpr const char *text = "context canceled";

	canceled() : std::runtime_error(text)
	{
	}
};

struct deadline_exceeded : std::runtime_error {
	static constexpr const char *text = "context deadline exceeded";

	deadline_exceeded() : std::runtime_error(text)
	{
	}
};

// Tells goroutines to stop: when cancel() is called, when its time is up, or when its parent is
// over. A context is a handle: copies are the same context. Over go_context_make and its kin.
class context
{
	struct Free {
		void
		operator()(GoContext *of) const
		{
			go_context_free(of);
		}
	};
	std::unique_ptr<GoContext, Free> c;

	explicit context(GoContext *handle) : c(handle)
	{
	}
	friend class group;

	template <class E>
	[[noreturn]] static void
	raise()
	{
#if __cpp_exceptions
		throw E();
#else
		go_panic(E::text);
#endif
	}

      public:
	// One that is over only when cancel() is called.
	context() : c(go_context_make(nullptr))
	{
	}
	context(const context &other) : c(go_context_ref(other.raw()))
	{
	}
	context &
	operator=(const context &other)
	{
		c.reset(go_context_ref(other.raw()));
		return *this;
	}

	// One that is over when this one is, or earlier.
	context
	child() const
	{
		return context(go_context_make(raw()));
	}

	// The same, over after this time at the latest.
	context
	with_timeout(duration d) const
	{
		return context(go_context_with_timeout(raw(), d.count()));
	}

	void
	cancel() const
	{
		go_context_cancel(raw());
	}

	// Is it over?
	bool
	over() const
	{
		return go_context_err(raw()) != 0;
	}

	// Throws canceled or deadline_exceeded if it is over. With -fno-exceptions: panics.
	void
	check() const
	{
		switch (go_context_err(raw())) {
		case 0:
			return;
		case ETIMEDOUT:
			raise<deadline_exceeded>();
		default:
			raise<canceled>();
		}
	}

	// Closed when it is over.
	GoChan *
	done() const
	{
		return go_context_done(raw());
	}

	// Parks the goroutine for so long, or until it is over: then throws as check() does.
	MAYSWITCH void
	sleep(duration d) const
	{
		go_context_sleep(raw(), d.count());
		check();
	}

	GoContext *
	raw() const
	{
		return c.get();
	}
};

// An arm of select: on(ctx, f) runs f when the context is over.
template <class F> class over_arm
{
	context c;
	F f;

      public:
	over_arm(const context &of, F fn) : c(of), f(std::move(fn))
	{
	}
	GoCase
	arm()
	{
		return {c.done(), GO_RECV, nullptr, false};
	}
	MAYSWITCH void
	run(bool)
	{
		f();
	}
	static constexpr bool waits = true;
};

template <class F>
over_arm<std::decay_t<F>>
on(const context &c, F &&f)
{
	return {c, std::forward<F>(f)};
}

// --- groups ---

// Goroutines that work together. The first that throws cancels the group's context; wait() then
// throws what it threw. The destructor waits, too. If it runs because of an exception or a panic,
// it cancels first.
class group
{
	struct State {
		GoGroup *g;
		context ctx;
		mutex m;
		std::exception_ptr first;
		int unwinding = std::uncaught_exceptions();

		explicit State(const context &parent)
		    : g(go_group_make(parent.raw())), ctx(go_context_ref(go_group_context(g)))
		{
		}
		State(const State &) = delete;
		State &operator=(const State &) = delete;
		MAYSWITCH ~State()
		{
			if (std::uncaught_exceptions() > unwinding)
				ctx.cancel();
			go_group_wait(g);
			go_group_free(g);
		}
	};
	template <class F> struct Work {
		State *state;
		F f;

		MAYSWITCH void
		call()
		{
			if constexpr (std::is_invocable_v<F &, const context &>)
				f(state->ctx);
			else
				f();
		}
	};
	std::unique_ptr<State> state;

	State &
	use() const
	{
		if (!state)
			go_nil_(); // it was moved
		return *state;
	}

	template <class F>
	MAYSWITCH static int
	run(GoContext *, void *arg)
	{
		std::unique_ptr<Work<F>> work(static_cast<Work<F> *>(arg));

#if __cpp_exceptions
		try {
			work->call();
		} catch (...) {
			State &s = *work->state;
			std::lock_guard<mutex> lock(s.m);

			if (!s.first)
				s.first = std::current_exception();
			return ECANCELED;
		}
#else
		work->call();
#endif
		return 0;
	}

      public:
	explicit group(const context &parent = context()) : state(new State(parent))
	{
	}

	const context &
	ctx() const
	{
		return use().ctx;
	}

	// Starts f(), or f(ctx) if it takes the context.
	template <class F>
	void
	go(F &&f, const char *func = __builtin_FUNCTION(), const char *file = __builtin_FILE(),
	   int line = __builtin_LINE())
	{
		using Fn = std::decay_t<F>;
		State &s = use();
		auto *work = new Work<Fn>{&s, std::forward<F>(f)};

		go_group_go_at(s.g, run<Fn>, work, 0, go_site_(func, file, line));
	}

	// Waits for all, and throws what the first that failed threw.
	MAYSWITCH void
	wait()
	{
		State &s = use();

		go_group_wait(s.g);
		if (auto first = std::exchange(s.first, nullptr))
			std::rethrow_exception(first);
	}
};

} // namespace worldsema

#endif
