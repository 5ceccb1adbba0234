// What a debugger stops in: a function that waits, and one that it calls.

#include <stdio.h>
#include <worldsema.h>

static int
twice(int n)
{
	int twofold = n;

	twofold += n;
	return twofold;
}

static int
count(int n)
{
	int odd = 0;

	for (int i = 0; i < n; i++) { // begins the loop
		int left = i;

		while (left > 3)
			left -= 3;
		odd += left; // behind the inner loop
	}
	return odd;
}

static int
add_later(int sum)
{
	sum += 1; // before the wait
	go_gosched();
	sum += 20; // after the wait
	sum = twice(sum);
	return sum;
}

static int
begin(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += add_later(i);
	printf("the sum is %d\n", sum);
	return sum + count(1);
}
GO_EXPORT(int, begin, int)

int
main(void)
{
	go_host_serve();
	return 0;
}
