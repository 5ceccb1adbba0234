// Exceptions, for npm run bench exceptions: the same file on worldsema and on Emscripten's own.
// Prints a name and nanoseconds for each thing.

#include <chrono>
#include <cstdio>

using Clock = std::chrono::steady_clock;

static int count;

struct Count {
	~Count()
	{
		++count;
	}
};

__attribute__((noinline)) static void
fails(int n)
{
	if (n >= 0)
		throw n;
}

__attribute__((noinline)) static void
one(int n)
{
	Count c;

	fails(n);
}

__attribute__((noinline)) static void
two(int n)
{
	Count c;

	one(n);
}

__attribute__((noinline)) static void
three(int n)
{
	Count c;

	two(n);
}

__attribute__((noinline)) static int
throws(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		try {
			fails(i);
		} catch (int e) {
			sum += e;
		}
	return sum;
}

__attribute__((noinline)) static int
throws_deep(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		try {
			three(i);
		} catch (int e) {
			sum += e;
		}
	return sum;
}

__attribute__((noinline)) static int
leaf(int n)
{
	if (__builtin_expect(n == -12345, 0))
		throw 1;
	return n * 3 + 1;
}

__attribute__((noinline)) static int
plain(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += leaf(sum ^ i);
	return sum;
}

__attribute__((noinline)) static int
tried(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		try {
			sum += leaf(sum ^ i);
		} catch (int e) {
			sum = e;
		}
	return sum;
}

static void
tell(const char *name, int (*fn)(int), int n, int times)
{
	double best = 1e9;

	for (int round = 0; round < 8; round++) {
		auto start = Clock::now();

		for (int i = 0; i < times; i++)
			count += fn(n);
		std::chrono::duration<double, std::nano> took = Clock::now() - start;
		double each = took.count() / n / times;
		best = each < best ? each : best;
	}
	std::printf("%s %.2f\n", name, best);
}

int
main()
{
	tell("throw and catch", throws, 100, 50);
	tell("throw over three destructors", throws_deep, 100, 50);
	tell("call", plain, 2000, 2000);
	tell("call in a try", tried, 2000, 2000);
}
