#include <stdlib.h>

#include "../runtime/base/lock.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/sched.h"
#include "../runtime/sched/stack.h"
#include "../runtime/sync/futex.h"
#include "../runtime/sync/panic.h"
#include "../runtime/sync/timer.h"
#include "../runtime/worldsema.h"
#include "../runtime/worldsema_host.h"
#include "main.h"
#include "thread.h"

// Emscripten's timers and its main loop: emscripten_async_call, emscripten_set_timeout and their
// kin, emscripten_set_main_loop. Emscripten gives them to JavaScript. There they would never run,
// because a worker that runs goroutines does not return to its event loop. So these are timers of
// the runtime. The program's function runs on a goroutine and may wait. emscripten_sleep is a sleep
// of the goroutine.
//
// As with Emscripten, the program goes on behind the end of main as long as there is one of them.

static AtomicU32 alive;

MAYSWITCH static void
wait(void)
{
	for (uint32_t n; (n = load_seq(&alive)) > 0;)
		rt_futexwait((const uint32_t *)&alive, n, -1, WaitSleep, NULL);
}

static void
begins(void)
{
	os_behind_main = wait;
	add_seq(&alive, 1);
}

static void
ends(void)
{
	if (add_seq(&alive, (uint32_t)-1) == 0)
		rt_futexwake((const uint32_t *)&alive, UINT32_MAX);
}

void emscripten_runtime_keepalive_push(void);
void emscripten_runtime_keepalive_pop(void);
int emscripten_runtime_keepalive_check(void);
_Noreturn void emscripten_exit_with_live_runtime(void);
void emscripten_sleep(unsigned ms);

WEAK void
emscripten_runtime_keepalive_push(void)
{
	begins();
}

WEAK void
emscripten_runtime_keepalive_pop(void)
{
	ends();
}

WEAK int
emscripten_runtime_keepalive_check(void)
{
	return load_seq(&alive) > 0;
}

// The program stays for what JavaScript calls.
MAYSWITCH WEAK _Noreturn void
emscripten_exit_with_live_runtime(void)
{
	go_host_serve();
}

MAYSWITCH WEAK void
emscripten_sleep(unsigned ms)
{
	go_sleep(ms * GO_MILLISECOND);
}

// --- timers ---

typedef struct Later Later;
struct Later {
	Timer t;
	enum { Once, Interval, Loop, Immediate, ImmediateLoop } kind;
	union {
		void (*once)(void *arg);
		int (*loop)(double now, void *arg); // 0: it was the last time
		int (*soon)(void *arg);
	} fn;
	void *arg;
	int64_t span, due; // ns
	int id;
	bool again; // it is to be called once more, unless it is cleared
	AtomicU32 cleared;
	Later *next, **at; // in the list, while it may be cleared; else at is NULL
};

// Time between two pictures of a page, for whoever waits for the next one.
enum { FrameMs = 16 };

static Lock lock = LOCK_INIT(RankNone);
static Later *all;

// From Emscripten's headers. Their types differ between its versions, but not those of wasm.
double emscripten_get_now(void);
void emscripten_async_call(void (*fn)(void *), void *arg, int ms);
int emscripten_set_timeout(void (*fn)(void *), double ms, void *arg);
void emscripten_clear_timeout(int id);
void emscripten_set_timeout_loop(int (*fn)(double, void *), double ms, void *arg);
int emscripten_set_interval(void (*fn)(void *), double ms, void *arg);
void emscripten_clear_interval(int id);
int emscripten_set_immediate(void (*fn)(void *), void *arg);
void emscripten_clear_immediate(int id);
void emscripten_set_immediate_loop(int (*fn)(void *), void *arg);

static void
leave(Later *l)
{
	free(l);
	ends();
}

static void
take_locked(Later *l)
{
	if (!l->at)
		return;
	*l->at = l->next;
	if (l->next)
		l->next->at = l->at;
	l->at = NULL;
}

static void
take(Later *l)
{
	rt_lock(&lock);
	take_locked(l);
	rt_unlock(&lock);
}

// Whoever clears a timer frees it if it is pending. Else its goroutine does, and takes the lock
// before.
static void
clear(int id)
{
	bool pending = false;
	Later *l;

	rt_lock(&lock);
	for (l = all; l && l->id != id;)
		l = l->next;
	if (l) {
		take_locked(l);
		store_seq(&l->cleared, 1);
		pending = rt_timerstop(&l->t);
	}
	rt_unlock(&lock);
	if (pending)
		leave(l);
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

// Calls the program's function.
MAYSWITCH static void
call(Later *l)
{
	switch (l->kind) {
	case Interval:
		l->again = true;
		l->fn.once(l->arg);
		break;
	case Loop:
		l->due = go_nanotime() + l->span;
		l->again = false;
		l->again = l->fn.loop(emscripten_get_now(), l->arg) != 0;
		break;
	case ImmediateLoop:
		while (l->fn.soon(l->arg) && !load_seq(&l->cleared))
			go_gosched();
		break;
	default:
		take(l); // it is too late to clear it
		l->fn.once(l->arg);
	}
}

// The program's function has returned, or has ended the goroutine.
static void
called(void *arg)
{
	Later *l = arg;

	if (l->again && !load_seq(&l->cleared)) {
		if (l->kind == Interval)
			l->due =
				later(l->due + l->span, go_nanotime()); // what was missed is missed
		rt_timerstart(&l->t, l->due); // it may be freed from here on
		return;
	}
	take(l);
	leave(l);
}

MAYSWITCH static void
fire(void *arg)
{
	Later *l = arg;
	Defer end = {.fn = called, .arg = l, .last = true};

	rt_deferpush(&end);
	if (!load_seq(&l->cleared))
		call(l);
	rt_deferdrop(&end);
	called(l);
}

static void
start(Later *l)
{
	static const GoSite site = {"emscripten_set_timeout", "wasm/eventloop.c", __LINE__};

	rt_newproc(fire, l, ThreadStack, &site, false);
}

static void
due(Timer *t, int64_t now)
{
	(void)now;
	start(t->arg);
}

static int
add(Later like, double ms)
{
	static int last;
	Later *l;
	int id;

	if (!like.fn.once)
		rt_throw("eventloop: the function is NULL");
	l = rt_must(malloc(sizeof *l), "eventloop: out of memory for a timer");
	begins();
	*l = like;
	l->t = (Timer){.f = due, .arg = l};
	l->span = ms > 0 ? (ms < 1e12 ? (int64_t)(ms * 1e6) : INT64_C(1000000000000000000)) : 0;
	l->due = rt_timerwhen(l->kind == Loop ? 0 : l->span);
	rt_lock(&lock);
	id = l->id = last = last == INT32_MAX ? 1 : last + 1;
	l->next = all;
	l->at = &all;
	if (all)
		all->at = &l->next;
	all = l;
	rt_unlock(&lock);
	if (l->kind < Immediate)
		rt_timerstart(&l->t, l->due);
	else
		start(l);
	return id;
}

WEAK void
emscripten_async_call(void (*fn)(void *), void *arg, int ms)
{
	add((Later){.kind = Once, .fn.once = fn, .arg = arg}, ms < 0 ? FrameMs : ms);
}

WEAK int
emscripten_set_timeout(void (*fn)(void *), double ms, void *arg)
{
	return add((Later){.kind = Once, .fn.once = fn, .arg = arg}, ms);
}

WEAK void
emscripten_set_timeout_loop(int (*fn)(double, void *), double ms, void *arg)
{
	add((Later){.kind = Loop, .fn.loop = fn, .arg = arg}, ms);
}

WEAK int
emscripten_set_interval(void (*fn)(void *), double ms, void *arg)
{
	return add((Later){.kind = Interval, .fn.once = fn, .arg = arg}, ms);
}

WEAK int
emscripten_set_immediate(void (*fn)(void *), void *arg)
{
	return add((Later){.kind = Immediate, .fn.once = fn, .arg = arg}, 0);
}

WEAK void
emscripten_set_immediate_loop(int (*fn)(void *), void *arg)
{
	add((Later){.kind = ImmediateLoop, .fn.soon = fn, .arg = arg}, 0);
}

WEAK void
emscripten_clear_timeout(int id)
{
	clear(id);
}

WEAK void
emscripten_clear_interval(int id)
{
	clear(id);
}

WEAK void
emscripten_clear_immediate(int id)
{
	clear(id);
}

// --- the main loop ---

// What emscripten_set_main_loop_timing knows.
enum { BySetTimeout, ByPictures, BySetImmediate };

// There is one at a time. number is that of the one that runs, or 0. Its goroutine keeps the
// program alive until it has left the loop: the turn that cancels the loop may begin something
// else.
static struct {
	AtomicU32 number, paused, mode, value;
	void (*fn)(void *arg);
	void *arg;
} loop;

void emscripten_set_main_loop(void (*fn)(void), int fps, int simulate);
void emscripten_set_main_loop_arg(void (*fn)(void *), void *arg, int fps, int simulate);
int emscripten_set_main_loop_timing(int mode, int value);
void emscripten_get_main_loop_timing(int *mode, int *value);
void emscripten_pause_main_loop(void);
void emscripten_resume_main_loop(void);
void emscripten_cancel_main_loop(void);

// From the begin of one turn to that of the next one, in ns.
static int64_t
turn_span(void)
{
	int64_t value = load_seq(&loop.value);

	switch (load_seq(&loop.mode)) {
	case BySetTimeout:
		return value * GO_MILLISECOND;
	case ByPictures:
		return value * GO_SECOND / 60;
	default:
		return 0;
	}
}

// The goroutine has left the loop with this number, or has ended.
static void
left(void *arg)
{
	uint32_t number = (uint32_t)(uintptr_t)arg;

	if (number == 0)
		return;
	cas_acqrel(&loop.number, number, 0);
	ends();
}

// The goroutine does not go on with a loop of which this is a turn.
static void
leave_outer(void)
{
	for (Defer *d = rt_g()->defers; d; d = d->link) {
		if (d->fn != left)
			continue;
		left(d->arg);
		d->arg = NULL;
	}
}

// Runs the loop with this number until it is cancelled.
MAYSWITCH static void
run_turns(void *arg)
{
	uint32_t number = (uint32_t)(uintptr_t)arg;
	Defer end = {.fn = left, .arg = arg, .last = true};

	rt_deferpush(&end);
	while (load_seq(&loop.number) == number) {
		int64_t begin = go_nanotime(), span;

		loop.fn(loop.arg);
		span = begin + turn_span() - go_nanotime();
		if (span > 0)
			go_sleep(span);
		else
			go_gosched();
		while (load_seq(&loop.paused) && load_seq(&loop.number) == number)
			rt_futexwait((const uint32_t *)&loop.paused, 1, -1, WaitSleep, NULL);
	}
	rt_deferdrop(&end);
	left(arg);
}

MAYSWITCH WEAK void
emscripten_set_main_loop_arg(void (*fn)(void *), void *arg, int fps, int simulate)
{
	static const GoSite site = {"emscripten_set_main_loop", "wasm/eventloop.c", __LINE__};
	static AtomicU32 last;
	uint32_t number;

	if (!fn)
		go_panic("emscripten_set_main_loop: the function is NULL");
	if (load_seq(&loop.number) != 0)
		go_panic("emscripten_set_main_loop: there is a main loop; cancel it first");
	loop.fn = fn;
	loop.arg = arg;
	store_seq(&loop.mode, fps > 0 ? BySetTimeout : ByPictures);
	store_seq(&loop.value, fps > 0 ? (uint32_t)(1000 / fps) : 1);
	store_seq(&loop.paused, 0);
	begins();
	number = add_seq(&last, 1);
	store_seq(&loop.number, number);
	if (!simulate) {
		rt_newproc(run_turns, (void *)(uintptr_t)number, StackMain, &site, false);
		return;
	}
	leave_outer();
	run_turns((void *)(uintptr_t)number);
	if (rt_g()->id != 1)
		go_exit();
	wait();
	exit(0);
}

static MAYSWITCH void
call_plain(void *fn)
{
	((void (*)(void))fn)();
}

MAYSWITCH WEAK void
emscripten_set_main_loop(void (*fn)(void), int fps, int simulate)
{
	if (!fn)
		go_panic("emscripten_set_main_loop: the function is NULL");
	emscripten_set_main_loop_arg(call_plain, (void *)fn, fps, simulate);
}

// Returns 1 if there is no main loop.
WEAK int
emscripten_set_main_loop_timing(int mode, int value)
{
	store_seq(&loop.mode, (uint32_t)mode);
	store_seq(&loop.value, value > 0 ? (uint32_t)value : 0);
	return load_seq(&loop.number) == 0;
}

WEAK void
emscripten_get_main_loop_timing(int *mode, int *value)
{
	if (mode)
		*mode = (int)load_seq(&loop.mode);
	if (value)
		*value = (int)load_seq(&loop.value);
}

WEAK void
emscripten_pause_main_loop(void)
{
	store_seq(&loop.paused, 1);
}

WEAK void
emscripten_resume_main_loop(void)
{
	store_seq(&loop.paused, 0);
	rt_futexwake((const uint32_t *)&loop.paused, UINT32_MAX);
}

WEAK void
emscripten_cancel_main_loop(void)
{
	if (load_seq(&loop.number) == 0)
		return;
	store_seq(&loop.number, 0);
	emscripten_resume_main_loop();
}
