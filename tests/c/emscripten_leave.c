// procs: 1 2
// What a timer or the main loop calls may end its goroutine. A timer is over then, an interval
// goes on, and there is no main loop any more. None of them keeps the program alive.

#include <emscripten.h>
#include <emscripten/eventloop.h>
#include <pthread.h>

#include "check.h"

static _Atomic int ticks, turns, left;
static _Atomic int every;

static void
leave(void)
{
	if (++left % 2)
		go_exit();
	pthread_exit(NULL);
}

static void
once(void *arg)
{
	(void)arg;
	leave();
}

static void
tick(void *arg)
{
	(void)arg;
	if (++ticks == 3) {
		until(every > 0); // it may tick before its number is known
		emscripten_clear_interval(every);
	}
	leave();
}

static EM_BOOL
turn(double now, void *arg)
{
	(void)now;
	(void)arg;
	if (++turns == 2)
		leave();
	return true;
}

static EM_BOOL
soon(void *arg)
{
	(void)arg;
	leave();
	return true;
}

static void
first(void)
{
	leave();
}

static void
second(void)
{
	printf("another main loop\n");
	emscripten_cancel_main_loop();
}

static void
at_exit(void)
{
	printf("%d ticks, %d turns, all %d have left\n", ticks, turns, left);
}

int
main(void)
{
	atexit(at_exit);
	emscripten_async_call(once, NULL, 1);
	emscripten_set_timeout(once, 0, NULL);
	emscripten_set_immediate(once, NULL);
	every = emscripten_set_interval(tick, 1, NULL);
	emscripten_set_timeout_loop(turn, 0, NULL);
	emscripten_set_immediate_loop(soon, NULL);
	emscripten_set_main_loop(first, 500, 0);
	until(emscripten_set_main_loop_timing(EM_TIMING_SETIMMEDIATE, 0) == 1); // there is none
	emscripten_set_main_loop(second, 500, 0);
	return 0;
}
