// The prime sieve of goroutines: each prime found adds a filter to the chain.

#include "check.h"

typedef struct Filter Filter;
struct Filter {
	GoChan *in, *out;
	int prime;
};

static void
generate(void *arg)
{
	for (int i = 2;; i++)
		go_chan_send(arg, &i);
}

// Passes on what its prime does not divide.
static void
filter(void *arg)
{
	Filter f = *(Filter *)arg;
	int i;

	free(arg);
	for (;;) {
		go_chan_recv(f.in, &i);
		if (i % f.prime != 0)
			go_chan_send(f.out, &i);
	}
}

int
main(void)
{
	GoChan *ch = go_chan_make(sizeof(int), 0);
	int n = many(100, 600), sum = 0, prime = 0;

	go(generate, ch);
	for (int i = 0; i < n; i++) {
		Filter *f = malloc(sizeof *f);

		go_chan_recv(ch, &prime);
		if (i < 100) {
			sum += prime;
			if (i < 25)
				printf("%d%c", prime, i % 5 == 4 ? '\n' : ' ');
		}
		*f = (Filter){ch, go_chan_make(sizeof(int), 0), prime};
		ch = f->out; // from the go statement on f is the filter's, which frees it
		go(filter, f);
	}
	check(prime == (n == 100 ? 541 : 4409));
	printf("sum of the first hundred: %d\n", sum);
	return 0;
}
