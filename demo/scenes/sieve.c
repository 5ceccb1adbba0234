// Prime sieve: a pipeline that grows by one goroutine with every prime it finds.
//
//	generate --> filter 2 --> filter 3 --> filter 5 --> ... --> main
//
// generate sends 2, 3, 4, ... A filter passes on the numbers that its own prime
// does not divide. So the next number that reaches main is a prime, and gets a
// filter of its own at the end of the chain. There is no shared variable and no
// lock: only values that travel through channels.
//
// What to look for: press d. There are thousands of goroutines, but they are at
// no more than three lines of this file. Click one of these lines.
//
// Arguments: how many primes.

#include <stdio.h>
#include <stdlib.h>
#include <worldsema.h>

typedef struct Filter {
	GoChan *in, *out;
	int prime;
} Filter;

static void
generate(void *arg)
{
	GoChan *out = arg;

	for (int n = 2;; n++)
		go_chan_send(out, &n);
}

static void
filter(void *arg)
{
	Filter *f = arg;
	int n;

	while (go_chan_recv(f->in, &n)) {
		if (n % f->prime != 0)
			go_chan_send(f->out, &n);
	}
}

int
main(int argc, char **argv)
{
	int want = argc > 1 ? atoi(argv[1]) : 5000;
	GoChan *c = go_chan_make(sizeof(int), 0);

	go(generate, c);
	for (int found = 1; found <= want; found++) {
		Filter *f = malloc(sizeof *f);

		f->in = c;
		f->out = go_chan_make(sizeof(int), 0);
		go_chan_recv(c, &f->prime);
		printf("prime %d is %d\n", found, f->prime);
		go(filter, f);
		c = f->out;
	}
	return 0; // when main returns the program ends, and all of its goroutines with it
}
