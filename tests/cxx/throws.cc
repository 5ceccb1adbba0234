// What leaves frames, and what is seen on the way: panics and go_exit run destructors, exceptions
// are shared by goroutines, and what is caught belongs to the goroutine that waits in the block.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <worldsema.h>

namespace
{

constexpr int N = 8, Rounds = 20;

GoWaitGroup wg;
int wrong;

void
expect(bool ok, const char *what)
{
	if (ok)
		return;
	if (__atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST) <= 5)
		std::printf("%s\n", what);
}

struct Count {
	int &n;
	~Count()
	{
		go_gosched();
		n++;
	}
};

// --- panics ---

void
panics(void *arg)
{
	Count c{*static_cast<int *>(arg)};

	go_panic("boom");
}

void
nested(void *arg)
{
	Count c{*static_cast<int *>(arg)};

	try {
		panics(arg);
	} catch (const std::exception &) {
		expect(false, "a panic is no std::exception");
	} catch (...) {
		go_gosched();
		++*static_cast<int *>(arg);
	}
	expect(false, "a panic goes on behind catch (...)");
}

struct Protects {
	~Protects()
	{
		int n = 0;

		const char *text = go_protect(panics, &n);
		expect(text && std::string(text) == "boom" && n == 1, "a panic in a destructor");
	}
};

void
protects(void *)
{
	Protects p;

	throw std::runtime_error("over a panic");
}

void
exits(void *arg)
{
	Count c{*static_cast<int *>(arg)};

	try {
		go_exit();
	} catch (...) {
		++*static_cast<int *>(arg);
		throw;
	}
}

void
exits_below(void *arg)
{
	int n = 0;

	go_defer(
	        [](void *chan) { go_chan_send(static_cast<GoChan *>(chan), nullptr); }, arg);
	{
		Count c{n};

		go_protect(exits, &n);
	}
	expect(false, "go_exit goes on behind go_protect");
}

void
leave()
{
	int n = 0;
	GoChan *ended = go_chan_make(0, 1);

	const char *text = go_protect(nested, &n);
	expect(text && std::string(text) == "boom" && n == 3, "a panic through frames");
	try {
		protects(nullptr);
	} catch (const std::runtime_error &e) {
		expect(std::string(e.what()) == "over a panic", "an exception over a panic");
	}
	go_with_stack(exits_below, ended, 32 << 10);
	go_chan_recv(ended, nullptr);
	go_chan_free(ended);
}

// --- what is caught ---

struct Base {
	int pad = 1;
	virtual ~Base() = default;
};
struct Other {
	int id;
	explicit Other(int n) : id(n)
	{
	}
	virtual ~Other() = default;
};
struct Both : Base, Other {
	explicit Both(int n) : Other(n)
	{
	}
};

void
matches(int id)
{
	static Both both(7);

	try {
		throw Both(id);
	} catch (const Other &o) {
		go_gosched();
		expect(o.id == id, "a base with an offset");
	}
	try {
		throw &both;
	} catch (Other *o) {
		go_gosched();
		expect(o->id == 7, "a pointer to a base with an offset");
	}
	try {
		try {
			throw id;
		} catch (long) {
			expect(false, "another type");
		} catch (const char *) {
			expect(false, "another type");
		}
	} catch (int n) {
		expect(n == id, "a number");
	}
}

struct Watch {
	int want;
	~Watch()
	{
		go_gosched();
		expect(std::uncaught_exceptions() == want, "uncaught_exceptions");
	}
};

void
nests(int id)
{
	try {
		Watch w{1};

		throw std::runtime_error(std::to_string(id));
	} catch (const std::runtime_error &outer) {
		Watch none{0};

		try {
			Watch w{1};

			go_gosched();
			throw;
		} catch (const std::runtime_error &again) {
			expect(&again == &outer, "rethrown: the same object");
			try {
				throw id;
			} catch (int n) {
				go_gosched();
				expect(n == id, "nested");
			}
		}
		go_gosched();
		expect(outer.what() == std::to_string(id), "the outer one");
	}
	expect(!std::current_exception(), "nothing is caught");
}

// --- shared ---

std::exception_ptr shared;
int destroyed;

struct Shared {
	int n = 5;
	Shared() = default;
	Shared(const Shared &) = delete;
	~Shared()
	{
		n = 0;
		destroyed++;
	}
};

void
rethrows()
{
	try {
		std::rethrow_exception(shared);
	} catch (const Shared &s) {
		go_gosched();
		expect(s.n == 5, "shared by goroutines");
		try {
			throw;
		} catch (const Shared &again) {
			expect(&s == &again, "shared, rethrown");
		}
	}
}

// --- through the library ---

int
compare(const void *a, const void *b)
{
	int x = *static_cast<const int *>(a), y = *static_cast<const int *>(b);

	go_gosched();
	if (x == 3 && y == 4)
		throw x;
	if (x == 4 && y == 3)
		throw y;
	return x - y;
}

void
library()
{
	int list[] = {4, 1, 3, 2}, caught = 0;

	try {
		std::qsort(list, 4, sizeof list[0], compare);
	} catch (int n) {
		caught = n;
	}
	expect(caught == 3, "through qsort");
	caught = 0;
	try {
		(void)std::string("short").at(9);
	} catch (const std::out_of_range &) {
		caught++;
	}
	try {
		(void)std::stoi("no number");
	} catch (const std::invalid_argument &) {
		caught++;
	}
	expect(caught == 2, "thrown by the library");
}

// --- many ---

struct Link {
	GoChan *in, *out;
};

void
passes_on(void *arg)
{
	auto *l = static_cast<Link *>(arg);
	std::string name = "a string that is long enough to be on the heap";
	int v = 0;

	go_chan_recv(l->in, &v);
	v += name.empty() ? 0 : 1;
	go_chan_send(l->out, &v);
	delete l;
}

void
chain(int n)
{
	GoChan *first = go_chan_make(sizeof(int), 0), *last = first;
	int v = 0;

	for (int i = 0; i < n; i++) {
		GoChan *before = go_chan_make(sizeof(int), 0);

		go(passes_on, (new Link{before, first}));
		first = before;
	}
	go_chan_send(first, &v);
	go_chan_recv(last, &v);
	expect(v == n, "a chain of goroutines with destructors");
	expect(go_blocked_callbacks() == 0, "blocked callbacks");
}

void
run(void *arg)
{
	int id = static_cast<int>(reinterpret_cast<long>(arg));

	for (int i = 0; i < Rounds; i++) {
		leave();
		matches(id * 100 + i);
		nests(id * 100 + i);
		rethrows();
		library();
	}
	go_waitgroup_done(&wg);
}

} // namespace

int
main()
{
	try {
		throw Shared();
	} catch (...) {
		shared = std::current_exception();
	}
	go_waitgroup_add(&wg, N);
	for (long i = 0; i < N; i++)
		go_with_stack(run, reinterpret_cast<void *>(i), 64 << 10);
	go_waitgroup_wait(&wg);
	expect(destroyed == 0, "still shared");
	shared = nullptr;
	expect(destroyed == 1, "destroyed at the end");
	chain(10000);
	std::printf("%d wrong\n", wrong);
	return wrong;
}
