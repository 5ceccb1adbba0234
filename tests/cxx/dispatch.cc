// A loop that dispatches, in a function that calls only within `try`: through JavaScript, so that
// it cannot wait itself, and what it calls waits. The loop is small enough for the link step to
// write it twice.

#include <stdio.h>
#include <worldsema.h>

static GoChan *values;
static volatile long turns;

__attribute__((noinline)) static long
step(long sum, int factor)
{
	long v = 0;

	go_chan_recv(values, &v);
	if (factor == 99)
		throw 7;
	return sum + v * factor;
}

__attribute__((noinline)) static long
interpret(const unsigned char *code)
{
	long sum = 0;

	try {
		for (;;) {
			switch (*code++) {
			case 0:
				return sum;
			case 1:
				sum = step(sum, 1);
				break;
			case 2:
				sum = sum * 3;
				break;
			case 3:
				sum = step(sum, 2);
				break;
			case 4:
				sum ^= 5;
				break;
			case 5:
				sum = step(sum, 99);
				break;
			case 6:
				sum += 11;
				break;
			}
			turns = turns + 1;
		}
	} catch (int e) {
		return sum + e;
	}
}

static int wrong;

static void
run(void *)
{
	static const unsigned char ends[] = {1, 2, 3, 4, 6, 1, 3, 1, 0}, throws[] = {1, 2, 5, 0};

	for (int i = 0; i < 100; i++) {
		wrong += interpret(ends) != ((1 * 3 + 2) ^ 5) + 11 + 1 + 2 + 1;
		wrong += interpret(throws) != 1 * 3 + 7;
	}
	go_chan_close(values);
}

// A method may have the name of a function of worldsema.h, and a closure may have commas.
struct Robot {
	int x = 0, y = 0;
	void
	go(int dx, int dy)
	{
		x += dx, y += dy;
	}
	void
	go(int both)
	{
		go(both, both);
	}
};

int
dispatch()
{
	long one = 1;
	Robot robot;

	robot.go(3);
	wrong += robot.x != 3 || robot.y != 3;
	go(
		[](void *arg) {
			int a = 1, b = 2;
			static_cast<Robot *>(arg)->go(a, b);
		},
		&robot);
	go_with_stack(
		[](void *arg) {
			int a = 1, b = 2;
			static_cast<Robot *>(arg)->go(a, b);
		},
		&robot, 4096);

	values = go_chan_make(sizeof one, 0);
	go_with_stack(run, nullptr, 65536);
	for (int i = 0; i < 100 * (5 + 2); i++)
		go_chan_send(values, &one);
	go_chan_recv(values, nullptr);
	while (robot.x + robot.y < 12)
		go_gosched();
	printf("%d wrong\n", wrong);
	return 0;
}
