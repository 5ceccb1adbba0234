// C functions that JavaScript calls: on the page's thread, and on a worker within a goroutine.

#include <emscripten.h>
#include <stdio.h>
#include <worldsema.h>

static GoChan *numbers;

EMSCRIPTEN_KEEPALIVE int
wait_for_number(int add)
{
	int n = 0;

	go_chan_recv(numbers, &n);
	return n + add;
}

// May be preempted, but not while JavaScript waits for it.
EMSCRIPTEN_KEEPALIVE double
count(int to, double by)
{
	volatile double n = 0;

	for (int i = 0; i < to; i++)
		n += by;
	return n;
}

static void
tell(void *arg)
{
	int n = (int)(intptr_t)arg;

	go_chan_send(numbers, &n);
}

EMSCRIPTEN_KEEPALIVE void
start(int n)
{
	go(tell, (void *)(intptr_t)n);
}

static void (*volatile callback)(void *) = tell;

// Nothing shows that the callback waits.
EMSCRIPTEN_KEEPALIVE void
call_back(int n)
{
	callback((void *)(intptr_t)n);
}

EM_JS(double, js_count, (int to), { return _count(to, 0.5); });
EM_JS(void, js_call_back, (void *n), { _call_back(n); });
EM_JS(int, js_wait, (int add), { return _wait_for_number(add); });

static void
spin(void *arg)
{
	for (volatile int *stop = arg; !*stop;)
		;
}

static void
calls_back(void *n)
{
	js_call_back(n);
}

static void
receive(void *arg)
{
	int n;

	(void)arg;
	while (go_chan_recv(numbers, &n)) {
		printf("got %d\n", n);
		fflush(stdout);
	}
}

int
main(void)
{
	static int stop;
	int n;

	numbers = go_chan_make(sizeof(int), 0);
	go(spin, &stop);
	printf("%.1f\n", js_count(20000000)); // several time slices
	stop = 1;
	start(3);
	printf("%d\n", js_wait(1));
	go(calls_back, (void *)5);
	go_chan_recv(numbers, &n);
	printf("%d\n", n);
	start(4);
	printf("%d\n", wait_for_number(3));
	go(receive, NULL);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		go_sleep(3600 * GO_SECOND);
}
