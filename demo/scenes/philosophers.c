// Dining philosophers: they sit at a round table with a fork between each two
// neighbours, and nobody eats without two forks.
//
// If everybody takes the left fork first, at some moment everybody holds one fork
// and waits for the other. This is a deadlock, and the runtime reports it. The
// cure is an order among the forks: if everybody takes the fork with the lower
// number first, they cannot wait in a circle.
//
// What to look for: the labels in the dump (go_set_label), and the line where
// they wait.
//
// Arguments: philosophers, and "left" for the order that ends badly.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { Seats = 12 };

static const char *const names[Seats] = {
	"Thales",   "Heraclitus", "Parmenides", "Socrates", "Plato",    "Aristotle",
	"Epicurus", "Zeno",       "Hypatia",    "Diotima",  "Diogenes", "Pyrrho",
};
static GoMutex forks[Seats];
static int seats = 5;
static bool left_first;

// Sleeps a few milliseconds, a different number every time.
static void
pause(uint32_t *seed, uint32_t max_ms)
{
	*seed = *seed * 1664525 + 1013904223;
	go_sleep((1 + (*seed >> 8) % max_ms) * GO_MILLISECOND);
}

static void
dine(void *arg)
{
	int me = (int)(intptr_t)arg, first = me, second = (me + 1) % seats;
	uint32_t seed = (uint32_t)me;

	go_set_label(names[me]);
	if (!left_first && first > second) {
		first = second; // the last one at the table reaches to the right
		second = me;
	}
	for (int meals = 1;; meals++) {
		pause(&seed, 40); // thinks
		go_mutex_lock(&forks[first]);
		pause(&seed, 10); // reaches for the other fork
		go_mutex_lock(&forks[second]);
		pause(&seed, 20); // eats
		go_mutex_unlock(&forks[second]);
		go_mutex_unlock(&forks[first]);
		if (meals % 10 == 0)
			printf("%s has eaten %d times\n", names[me], meals);
	}
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		seats = atoi(argv[1]);
	if (seats < 2 || seats > Seats)
		seats = Seats;
	left_first = argc > 2 && strcmp(argv[2], "left") == 0;
	for (int i = 0; i < seats; i++)
		go(dine, (void *)(intptr_t)i);
	go_exit(); // main leaves; the others go on for as long as they can
}
