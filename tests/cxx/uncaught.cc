// Exceptions that nobody catches; the argument says which.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <worldsema.h>

namespace app
{
namespace
{
struct Lost : std::runtime_error {
	using std::runtime_error::runtime_error;
};
} // namespace
struct Named {
	virtual ~Named() = default;
	int number = 7;
};
struct Both : Named, std::logic_error {
	Both() : std::logic_error("second base")
	{
	}
};
template <class T> struct Box {
	T value;
};
} // namespace app

static const char *how;

static bool
asked(const char *what)
{
	return std::strcmp(how, what) == 0;
}

static void
thrower(void *)
{
	std::string local(how); // so that there is something to clean up
	if (asked("int"))
		throw 42;
	if (asked("text"))
		throw "out of paper";
	if (asked("lines"))
		throw "out of paper\n\ngoroutine 99 [running]:\nprinter(...)";
	if (asked("lost"))
		throw app::Lost("no way home");
	if (asked("both"))
		throw app::Both();
	if (asked("box"))
		throw app::Box<int>{1};
	if (asked("template"))
		throw app::Box<std::pair<std::string, std::string *>>{};
	if (asked("pointer"))
		throw new app::Named;
	if (asked("alloc"))
		throw std::bad_alloc();
	if (asked("again"))
		try {
			throw std::runtime_error("first");
		} catch (const std::exception &) {
			throw;
		}
	throw std::runtime_error("disk is full");
}

static void
quiet() noexcept
{
	thrower(nullptr);
}

// Three frames below each of the two that clean up, and a destructor that throws and catches.
struct Cleans {
	~Cleans()
	{
		try {
			throw 1;
		} catch (int) {
		}
	}
};

__attribute__((noinline)) static void
innermost(int depth)
{
	if (depth > 0)
		innermost(depth - 1);
	else
		thrower(nullptr);
	std::fflush(stderr);
}

__attribute__((noinline)) static void
inner_cleanup()
{
	Cleans one;
	innermost(1);
	std::fflush(stderr);
}

__attribute__((noinline)) static void
outer_cleanup()
{
	Cleans one;
	inner_cleanup();
	std::fflush(stderr);
}

__attribute__((noinline)) static void
quiet_outside() noexcept
{
	outer_cleanup();
	std::fflush(stderr);
}

static void
handler()
{
	std::puts("my terminate handler");
	std::abort();
}

// As many programs have it. It may throw, catch and wait.
static void
teller()
{
	try {
		throw;
	} catch (const std::exception &e) {
		go_gosched();
		std::printf("told: %s\n", e.what());
	}
	try {
		if (std::exception_ptr caught = std::current_exception())
			std::rethrow_exception(caught);
	} catch (const std::exception &e) {
		go_gosched();
		std::printf("told again: %s\n", e.what());
	}
	std::printf("%d uncaught\n", std::uncaught_exceptions());
	std::exit(5);
}

struct Throws {
	~Throws()
	{
		throw std::logic_error("from a destructor");
	}
};

static void
destroys()
{
	try {
		Throws one;
	} catch (...) {
		std::puts("a destructor lets nothing pass");
	}
}

static void
aborted(int signal)
{
	std::printf("signal %d\n", signal);
}

int
main(int argc, char **argv)
{
	how = argv[1];
	if (argc > 2)
		std::set_terminate(teller);
	try {
		throw std::runtime_error("caught");
	} catch (const std::exception &) {
	}
	if (asked("noexcept"))
		quiet();
	if (asked("destructor"))
		destroys();
	if (asked("terminate"))
		std::terminate();
	if (asked("nothing")) {
		std::set_terminate(handler);
		std::rethrow_exception(std::current_exception());
	}
	if (asked("operand")) {
		std::set_terminate(handler);
		throw;
	}
	if (asked("handlers")) {
		std::signal(SIGABRT, aborted);
		std::set_terminate(handler);
	}
	if (asked("cleanups"))
		outer_cleanup();
	if (asked("cleanups noexcept"))
		quiet_outside();
	std::printf("before"); // it has no line end
	if (asked("often"))
		for (int i = 0; i < 5000; i++)
			try {
				throw i;
			} catch (int) {
			}
	if (asked("main") || asked("often"))
		thrower(nullptr);
	go(thrower, nullptr);
	go_chan_recv(nullptr, nullptr);
	return 0;
}
