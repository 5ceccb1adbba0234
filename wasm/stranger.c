// Compiled with musl's own headers, as thread.c is.
#define _GNU_SOURCE
#include <stdlib.h>

#include "record.h"

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/sched/sched.h"
#include "shape.h"
#include "thread.h"

// Emscripten's own threads, which are no goroutines: all threads with --threads=workers, else those
// that constructors make.

int __real_pthread_create(pthread_t *restrict to, const pthread_attr_t *restrict attr,
                          void *(*fn)(void *), void *restrict arg);

typedef struct Start Start;
struct Start {
	void *(*fn)(void *);
	void *arg;
};

// The thread's function has ended. If somebody joins the thread, a wake is still to come.
static void
ended(void *unused)
{
	(void)unused;
	if (__pthread_self()->detach_state == DT_DETACHED)
		rt_strangers(-1);
}

// Its record is not its own any more then.
void
os_thread_woke(void)
{
	if (!rt_m() && !__pthread_self())
		rt_strangers(-1);
}

MAYSWITCH static void *
run_worker(void *arg)
{
	Start start = *(Start *)arg;
	void *result;

	free(arg);
	pthread_cleanup_push(ended, NULL);
	result = (void *)rt_thread_call((void *)start.fn, SHAPE(1, 1), (uintptr_t)start.arg, 0, 0);
	pthread_cleanup_pop(1);
	return result;
}

int
os_stranger_create(pthread_t *restrict to, const pthread_attr_t *restrict attr, void *(*fn)(void *),
                   void *restrict arg)
{
	Start *start;
	int error;

	if (os_alone())
		return EAGAIN; // there is no other worker
	start = malloc(sizeof *start);
	if (!start)
		return EAGAIN;
	*start = (Start){fn, arg};
	rt_strangers(1);
	error = __real_pthread_create(to, attr, run_worker, start);
	if (error) {
		free(start);
		rt_strangers(-1);
	}
	return error;
}

static pthread_key_t locals;

// Those that a destructor makes are a new list: the key's destructor is called again for it.
static void
destroy_locals(void *list)
{
	Local *next;

	for (Local *l = list; l; l = next) {
		next = l->link;
		l->destroy(l->object);
		free(l);
	}
}

static void
make_key(void)
{
	if (pthread_key_create(&locals, destroy_locals) != 0)
		rt_throw("__cxa_thread_atexit: there are no more keys");
}

int
os_stranger_local(void (*destroy)(void *), void *object)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	Local *l = malloc(sizeof *l);

	pthread_once(&once, make_key);
	if (!l)
		return -1;
	*l = (Local){pthread_getspecific(locals), destroy, object};
	return pthread_setspecific(locals, l) ? -1 : 0;
}
