// What a global object does before main; the environment says what.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <emscripten.h>
#include <stdexcept>
#include <worldsema.h>

static int
twice(int n)
{
	return 2 * n;
}

GO_EXPORT(int, twice, int)

GO_HOST(int, answer, int)

static bool
asked(const char *what)
{
	const char *value = std::getenv("WHAT");

	return value && std::strcmp(value, what) == 0;
}

static void
give(void *c)
{
	int n = 7;

	go_chan_send(static_cast<GoChan *>(c), &n);
}

static int
deep(int n)
{
	volatile char room[200] = {0};

	return n == 0 ? 0 : deep(n - 1) + room[n % 200] + 1;
}

struct Global {
	GoChan *c = nullptr;

	Global()
	{
		if (asked("after"))
			c = go_after(GO_MILLISECOND);
		if (asked("waits")) {
			int n = 0;

			c = go_chan_make(sizeof n, 0);
			go(give, c);
			go_sleep(GO_MILLISECOND);
			go_chan_recv(c, &n);
			std::printf("%d from goroutine %d\n", n, static_cast<int>(go_id()));
		}
		if (asked("exits")) {
			std::printf("leaving early\n");
			std::exit(5);
		}
		if (asked("panics")) {
			std::printf("about to");
			go_panic("no configuration");
		}
		if (asked("aborts"))
			std::abort();
		if (asked("throws"))
			throw std::runtime_error("no luck");
		if (asked("deadlocks"))
			go_chan_recv(nullptr, nullptr);
		if (asked("traps"))
			__builtin_trap();
		if (asked("overflows"))
			deep(1 << 30);
		if (asked("loses a worker"))
			EM_ASM({ process.exit(7); });
		if (asked("asks"))
			answer(1);
		if (asked("sleeps"))
			go_sleep(600 * GO_SECOND);
		if (asked("loops"))
			for (volatile int i = 0;; i++)
				;
	}
};

static Global global;

int
main()
{
	if (asked("after"))
		go_chan_recv(global.c, nullptr);
	std::printf("main\n");
}
