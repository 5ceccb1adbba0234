// Compiled with musl's own headers, as thread.c is.
#define _GNU_SOURCE
#include <string.h>
#include <stdlib.h>

#include "record.h"

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/sched/sched.h"
#include "../runtime/worldsema.h"
#include "thread.h"

// The small things of a thread: who looks at its record, its name, how it yields, the text of
// strtok, how many there may be.

static Lock looking = LOCK_INIT(RankNone);
static AtomicU32 somebody; // has looked

void
os_thread_look(void)
{
	store_seq(&somebody, 1);
	rt_lock(&looking);
}

void
os_thread_looked(void)
{
	rt_unlock(&looking);
}

void
os_thread_hidden(void)
{
	fence_seq();
	if (!load_seq(&somebody))
		return;
	rt_lock(&looking);
	rt_unlock(&looking);
}

// A goroutine's label must stay valid, and its children inherit it. So equal names share one copy,
// which is never freed.
static const char *
kept(const char *name)
{
	typedef struct Name Name;
	struct Name {
		Name *next;
		char text[16];
	};
	static AtomicPtr names;
	Name *n, *mine = NULL;

	for (;;) {
		uintptr_t first = loadp_acq(&names);

		for (n = (Name *)first; n && strcmp(n->text, name) != 0; n = n->next)
			;
		if (!n && !mine && (mine = malloc(sizeof *mine)) != NULL)
			strcpy(mine->text, name);
		if (n || !mine)
			break;
		mine->next = (Name *)first;
		if (casp_acqrel(&names, first, (uintptr_t)mine))
			return mine->text;
	}
	free(mine);
	return n ? n->text : NULL;
}

int __wrap_pthread_setname_np(pthread_t to, const char *name);
int __wrap_pthread_getname_np(pthread_t to, char *name, size_t n);

int
__wrap_pthread_setname_np(pthread_t to, const char *name)
{
	Thread *t = (Thread *)to;

	if (strnlen(name, 16) > 15)
		return ERANGE;
	if (!is_thread(to))
		return 0; // a worker's
	t->name = kept(name);
	if (t->gp)
		t->gp->label = t->name;
	return 0;
}

int
__wrap_pthread_getname_np(pthread_t to, char *name, size_t n)
{
	const Thread *t = (Thread *)to;
	const char *text = !is_thread(to) || !t->name ? "" : t->name;

	if (n < 16)
		return ERANGE;
	strcpy(name, text);
	return 0;
}

int __wrap_sched_yield(void);

MAYSWITCH int
__wrap_sched_yield(void)
{
	M *mp = rt_m();

	if (!mp || rt_g() == mp->g0 || !mp->p || os_pinned())
		return 0;
	go_gosched();
	if (os_thread_signals)
		os_thread_signals(os_thread(rt_g()));
	return 0;
}

void __wrap_thrd_yield(void);

MAYSWITCH void
__wrap_thrd_yield(void)
{
	__wrap_sched_yield();
}

// musl's turns round and round, and the holder may wait for this P.
int __wrap_pthread_spin_lock(pthread_spinlock_t *s);

MAYSWITCH int
__wrap_pthread_spin_lock(pthread_spinlock_t *s)
{
	while (*(volatile int *)s || a_cas(s, 0, EBUSY))
		__wrap_sched_yield();
	return 0;
}

// The C library keeps one text for all threads. Here each goroutine has its own, so that it can be
// preempted between two calls. One that has begun no text goes on with the last that was begun.
char *__wrap_strtok(char *restrict text, const char *restrict between);

char *
__wrap_strtok(char *restrict text, const char *restrict between)
{
	static char *last;
	M *mp = rt_m();
	Thread *t = mp && rt_g() != mp->g0 ? os_thread(rt_g()) : NULL;
	char *found;

	if (!t || (!text && !t->cuts))
		return strtok_r(text, between, &last);
	t->cuts = true;
	found = strtok_r(text, between, &t->token);
	__atomic_store_n(&last, t->token, __ATOMIC_RELAXED);
	return found;
}

// Asked by sysconf and std::thread::hardware_concurrency.
int __wrap_emscripten_num_logical_cores(void);

int
__wrap_emscripten_num_logical_cores(void)
{
	return gomaxprocs;
}
