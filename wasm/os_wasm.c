#define _GNU_SOURCE
#include <emscripten.h>
#include <emscripten/stack.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../runtime/base/noroot.h"
#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/pushlist.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/inplace.h"
#include "../runtime/sched/sched.h"
#include "box.h"
#include "clock.h"
#include "ctx.h"
#include "main.h"
#include "one.h"
#include "wait.h"

// os.h over Emscripten. Threads are pthreads (Web Workers). Sleep and wake are memory.atomic.wait32
// and notify. Time and cores come from JavaScript (imports.js).

double rt_js_now(void); // ms, the same origin on all threads
int rt_js_cores(void);
double rt_js_random(void);
size_t rt_js_stack(uint32_t *pairs, size_t max, bool all); // engine's stack: (function, offset)
void rt_js_run(M *mp);                                     // rt_host_mstart(mp) under a catch
NORETURN void rt_js_leave(void);                           // throws a JavaScript error

// A thread of Emscripten's. The program's threads are goroutines: see thread.c.
int
__real_pthread_create(pthread_t *to, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

enum {
	UnwindBytes = 4 << 20, // per M, for the deepest stack; pages never touched cost nothing
	StartBytes = 256 << 10,
	// The stack is no malloc memory, so the scheduler's data there are no roots. It ends
	// before the end of its pages: pthread_t points to the end of the stack, and the next page
	// may be a collected block's.
	G0StackBytes = (256 << 10) - 16,
};

static int64_t zero; // the host's time at which os_nanotime is 0
NOROOT(zero)

static int64_t
hostnow(void)
{
	return (int64_t)(rt_js_now() * 1e6);
}

void
os_clock_start(void)
{
	zero = hostnow() - INT64_C(1000000000);
}

int64_t
os_nanotime(void)
{
	return hostnow() - zero;
}

int64_t
os_hosttime(int64_t ns)
{
	return ns + zero;
}

void
os_futexsleep(AtomicU32 *addr, uint32_t val, int64_t ns)
{
	if (os_alone())
		rt_js_leave(); // a second end of the program
	os_wait32((void *)addr, val, ns);
}

void
os_futexwakeup(AtomicU32 *addr, uint32_t n)
{
	__builtin_wasm_memory_atomic_notify((int *)(void *)addr, n);
}

void
os_pause(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		__asm__ volatile("");
}

int
os_ncpu(void)
{
	return rt_js_cores();
}

uint64_t
os_random(void)
{
	return (uint64_t)(rt_js_random() * 9007199254740992.0) * UINT64_C(0x9e3779b97f4a7c15);
}

extern char __global_base, __data_end;

// musl's record begins with four flags, which together look like an address of 16 MiB.
extern char __libc __attribute__((weak));

__attribute__((constructor)) static void
flags_of_libc(void)
{
	rt_noroot(&__libc, 4);
}

// The address where the constants begin, or end. The link step writes the body (link/rodata.js).
EXPORT(rt_link_rodata)
NOINLINE uintptr_t
rt_link_rodata(bool end)
{
	uintptr_t nowhere = (uintptr_t)&__global_base;

	__asm__ volatile("" : "+r"(nowhere), "+r"(end));
	return nowhere;
}

size_t
os_roots(OsRange *r, size_t max)
{
	(void)max;
	r[0] = (OsRange){(uintptr_t)&__global_base, rt_link_rodata(false)};
	r[1] = (OsRange){rt_link_rodata(true), (uintptr_t)&__data_end};
	return 2;
}

// --- threads ---

// Only the page's thread can start workers without waiting for another thread. So other threads put
// the M in this list and wake the host.
static AtomicPtr wanted; // Ms by schedlink

static void *
body(void *arg)
{
	rt_js_run(arg);
	return NULL;
}

// The worker's body, called by rt_js_run.
EXPORT(rt_host_mstart)
void
rt_host_mstart(M *mp)
{
	if (mp)
		rt_mstart(mp);
	else
		os_turn();
}

// Is there memory for the first allocations of a worker: thread-locals, and those of Emscripten?
// Only after them can the worker report that memory is out.
static bool
room_to_start(void)
{
	void *p = malloc(StartBytes);

	free(p);
	return p != NULL;
}

// Starts the thread of mp. False: no memory.
static bool
start(M *mp)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	if (!mp->machine.buf)
		mp->machine.buf = os_alloc(UnwindBytes);
	if (os_alone())
		return mp->machine.buf != NULL;
	if (!mp->machine.stack)
		mp->machine.stack = os_alloc(G0StackBytes);
	if (!mp->machine.buf || !mp->machine.stack || !room_to_start())
		return false;
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, mp->machine.stack, G0StackBytes);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = __real_pthread_create(&thread, &attr, body, mp);
	pthread_attr_destroy(&attr);
	if (!err)
		add_seq(&os_box.started, 1);
	return !err;
}

bool
os_newthread(M *mp)
{
	if (!rt_m() || os_alone())
		return start(mp);
	rt_push(&wanted, mp, offsetof(M, schedlink));
	add_seq(&os_box.wanted, 1);
	os_news();
	return true;
}

EXPORT(rt_host_start_threads)
void
rt_host_start_threads(void)
{
	M *mp = rt_take(&wanted), *next;

	for (; mp; mp = next) {
		next = mp->schedlink;
		mp->schedlink = NULL;
		add_seq(&os_box.wanted, (uint32_t)-1);
		if (!start(mp)) {
			add_seq(&os_box.failed, 1);
			rt_mfailed(mp);
		}
	}
}

void
os_minit(M *mp)
{
	mp->machine.buf_end = mp->machine.buf + UnwindBytes;
	mp->machine.kept = mp->machine.buf;
	mp->machine.hidden = 1;
	mp->machine.stack_end = os_alone() ? os_turn_stack() : emscripten_stack_get_end();
	mp->g0->sp = os_getsp();
	mp->machine.tls = os_tls();
	rt_set_m(mp);
	rt_set_g(mp->g0);
}

// --- the end ---

static AtomicU32 never;

static NORETURN void
halt(void)
{
	if (!rt_m() || os_alone())
		rt_js_leave();
	for (;;)
		os_wait32(&never, 0, -1);
}

// Does not wait for f's lock: a worker that will never run again may hold it.
static void
flush(FILE *f)
{
	if (ftrylockfile(f) != 0)
		return;
	fflush(f);
	funlockfile(f);
}

void
os_flush(void)
{
	flush(stdout);
	flush(stderr);
}

// The goroutine that called exit waits in place, without a P. So the world can be stopped, and the
// other goroutines run, until the host ends the program.
void
os_hold(int code)
{
	M *mp = rt_m();
	G *gp = rt_g();

	if (load_acq(&os_box.hold) == HoldNone)
		return;
	if (!mp || gp == mp->g0 || !mp->p || mp->locks || mp->dying)
		return;
	if (cas_acqrel(&os_box.hold, HoldWanted, HoldReached)) {
		os_box.code = (uint32_t)code;
		os_news();
	}
	os_systemstack(rt_inplace_block, gp);
	halt();
}

NORETURN void
os_exit(int code)
{
	if (cas_acqrel(&os_box.exiting, 0, 1)) {
		os_box.code = (uint32_t)code;
		store_seq(&os_box.exited, 1);
		os_news();
	}
	halt();
}

NORETURN void
os_fatal(int kind, const char *text, size_t ntext, const char *dump, size_t ndump, int code)
{
	if (!load_acq(&os_box.exiting)) {
		os_box.fatal = (uint32_t)kind;
		os_box.text = text;
		os_box.text_bytes = ntext;
		os_box.dump = dump;
		os_box.dump_bytes = ndump;
	}
	os_exit(code);
}

size_t
os_stack(uint32_t *locs, size_t max)
{
	return rt_js_stack(locs, max, true);
}

size_t
os_stack_top(uint32_t *locs, size_t max)
{
	return rt_js_stack(locs, max, false);
}
