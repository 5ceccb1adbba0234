// procs: 1 2
// The main loop is a goroutine, or the caller if it is told to be. Behind the end of main the
// program goes on as long as there is a loop or a timer.

#include <emscripten.h>
#include <emscripten/eventloop.h>

#include "check.h"

static int n;
static _Atomic int every;
static bool resumed;
static GoWaitGroup returning;

static void
ends(void)
{
	printf("atexit\n");
}

static void
tick(void *arg)
{
	int *left = arg;

	if (--*left > 0)
		return;
	printf("the last tick\n");
	until(every > 0); // it may tick before its number is known
	emscripten_clear_interval(every);
}

static void
second(void *arg)
{
	static int left = 3;

	check(arg == &n);
	printf("second loop %d\n", ++n);
	if (n < 5)
		return;
	emscripten_cancel_main_loop();
	every = emscripten_set_interval(tick, 1, &left);
}

static void
resumes(void *arg)
{
	(void)arg;
	go_sleep(GO_MILLISECOND);
	resumed = true;
	emscripten_resume_main_loop();
}

static void
first(void)
{
	go_waitgroup_wait(&returning); // it may wait
	check(n != 2 || resumed);
	printf("first loop %d\n", ++n);
	if (n == 2) {
		emscripten_pause_main_loop();
		go(resumes, NULL);
	}
	if (n < 3)
		return;
	emscripten_cancel_main_loop();
	emscripten_cancel_main_loop(); // none is left
	emscripten_set_main_loop_arg(second, &n, 0, 1);
	printf("never here\n");
}

static void
twice(void *arg)
{
	(void)arg;
	emscripten_set_main_loop(first, 0, 0);
}

static void
nothing(void *arg)
{
	(void)arg;
	emscripten_set_main_loop(NULL, 0, 0);
}

int
main(void)
{
	int mode = -1, value = -1;

	atexit(ends);
	check(emscripten_set_main_loop_timing(EM_TIMING_RAF, 1) == 1); // no loop yet
	check_panic(nothing, NULL, "emscripten_set_main_loop: the function is NULL");
	go_waitgroup_add(&returning, 1);
	emscripten_set_main_loop(first, 500, 0);
	check_panic(twice, NULL, "emscripten_set_main_loop: there is a main loop; cancel it first");
	emscripten_get_main_loop_timing(&mode, &value);
	check(mode == EM_TIMING_SETTIMEOUT && value == 2);
	check(emscripten_set_main_loop_timing(EM_TIMING_SETIMMEDIATE, 0) == 0);
	emscripten_get_main_loop_timing(&mode, NULL);
	check(mode == EM_TIMING_SETIMMEDIATE);
	printf("main returns\n");
	go_waitgroup_done(&returning);
	return 0;
}
