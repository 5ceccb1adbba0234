// Compiled with musl's own headers (link/compile.js): struct pthread is theirs, and differs from
// version to version.
#define _GNU_SOURCE
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

#include "../runtime/base/lock.h"
#include "../runtime/base/noroot.h"
#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/prof/symtab.h"
#include "../runtime/sync/futex.h"
#include "../runtime/sched/sched.h"
#include "../runtime/sync/panic.h"
#include "../runtime/worldsema.h"
#include "main.h"
#include "priority.h"
#include "shape.h"
#include "thread.h"
#include "tls.h"

// Threads of the program are goroutines. What the C library keeps of a thread is a record, which it
// asks for by __get_tp. The linker (--wrap) gives it the functions below instead of Emscripten's.
// So errno, keys, the locale and the owners of locks belong to the goroutine. A goroutine that the
// program did not make by pthread_create gets a record when the library first asks for one, from a
// pool. Workers (Ms) have records of their own, which are Emscripten's.
//
// Waiting is in libcwait.c. pthread_join, pthread_detach, the keys and all locks are musl's own.

enum {
	// A locked mutex of the simplest type contains EBUSY, and musl looks for its bits. Here it
	// contains the holder's number, so all numbers have these bits: see link/libcwait.js.
	TidStep = 16,
	Tids = (0x3fff0000 - FirstTid) / TidStep,
};

static AtomicU32 tids, nthreads;

// Where the keys' values of a thread are that has none yet. Nobody writes here: see set_value.
static void *no_values[PTHREAD_KEYS_MAX];

static void
init(Thread *t, G *gp)
{
	memset(t, 0, sizeof *t);
	t->gp = gp;
	t->pt.self = &t->pt;
	t->pt.tid = (int)(FirstTid + add_seq(&tids, 1) % Tids * TidStep + EBUSY);
	t->pt.robust_list.head = &t->pt.robust_list.head;
	t->pt.tsd = no_values;
	t->pt.detach_state = DT_DETACHED;
#if __clang_major__ < 15
	t->pt.locale = &libc.global_locale;
#else
	t->pt.next = t->pt.prev = &t->pt;
#endif
}

OsRange
os_thread_range(const void *thread)
{
	return (OsRange){(uintptr_t)thread, (uintptr_t)thread + sizeof(Thread)};
}

// --- the pool ---

// It only grows, and has nothing but records: who looks at one that has just ended reads a record.
typedef union Cell Cell;
union Cell {
	Thread t;
	Cell *next;
};

enum { ChunkCells = 32 };

static Lock pool_lock = LOCK_INIT(RankRecord);
static Cell *pool;
NOROOT(pool)

static Thread *
take_cell(void)
{
	Cell *c;

	rt_lock(&pool_lock);
	if (!pool && (c = os_alloc(ChunkCells * sizeof *c)) != NULL)
		for (int i = 0; i < ChunkCells; i++) {
			c[i].next = pool;
			pool = &c[i];
		}
	c = pool;
	if (c)
		pool = c->next;
	rt_unlock(&pool_lock);
	if (!c)
		rt_throw("out of memory for a goroutine's errno and what else a thread has");
	return &c->t;
}

static void
give_cell(Thread *t)
{
	Cell *c = (Cell *)t;

	rt_lock(&pool_lock);
	c->next = pool;
	pool = c;
	rt_unlock(&pool_lock);
}

// --- records ---

// Makes t the running goroutine's. In some versions of Emscripten the locale is a field of the
// record, which is NULL at first; in others a thread-local, which the goroutine may have set.
static void
take(Thread *t)
{
	rt_g()->machine.thread = t;
#if __clang_major__ >= 15
	if (!uselocale(NULL))
		uselocale(LC_GLOBAL_LOCALE);
#endif
}

static NOINLINE Thread *
first_asked(G *gp)
{
	Thread *t = take_cell();

	init(t, gp);
	if (gp->id == 1)
		t->pt.detach_state = DT_JOINABLE;
	t->pt.stack = (void *)gp->stack_hi;
	t->pt.stack_size = gp->stack_hi - gp->stack_lo;
	take(t);
	return t;
}

Thread *
os_thread(G *gp)
{
	return gp->machine.thread ? gp->machine.thread : first_asked(gp);
}

void
os_thread_known(void)
{
	M *mp = rt_m();

	if (mp && rt_g() != mp->g0)
		os_thread(rt_g());
}

uintptr_t __real___get_tp(void);
uintptr_t __wrap___get_tp(void);

// While newer versions of Emscripten have the page's thread do something for this one, a
// cancellation that waits must not end it, or the page's thread waits for ever for what this one
// has locked. Then it is the worker, which nobody cancels.
uintptr_t
__wrap___get_tp(void)
{
	M *mp = rt_m();
	G *gp = rt_g();
	Thread *t;

	if (!mp || gp == mp->g0)
		return __real___get_tp();
	t = os_thread(gp);
	return unlikely(t->pt.cancel) && os_pinned() ? __real___get_tp() : (uintptr_t)t;
}

static_assert(EBUSY < TidStep, "EBUSY has no room in a thread's number");

EXPORT(rt_thread_word)
int
rt_thread_word(void)
{
	M *mp = rt_m();
	G *gp = rt_g();

	return !mp || gp == mp->g0 ? EBUSY : os_thread(gp)->pt.tid;
}

G *
os_thread_holder(uint32_t reason, uintptr_t word)
{
	const Thread *joined = (const Thread *)(word - offsetof(struct pthread, detach_state));
	int tid = *(int *)word & 0x3fffffff;

	if (reason == WaitThreadJoin) // or for all threads: exit_main
		return word == (uintptr_t)&nthreads ? NULL : joined->gp;
	for (uint32_t i = 0; reason == WaitThreadMutex && i < load_acq(&allglen); i++) {
		G *gp = allg_at(i);
		const Thread *t = gp->machine.thread;

		if (t && t->pt.tid == tid && load_relaxed(&gp->status) != Gdead)
			return gp;
	}
	return NULL;
}

// --- keys and thread_local objects ---

void weak __pthread_tsd_run_dtors(void); // in a program that has keys

MAYSWITCH void rt_thread_locals(void *thread);
MAYSWITCH void rt_thread_destructors(void *thread);

// Destroys the thread_local objects, and those that a destructor makes. A destructor may end the
// thread: then rt_thread_end goes on with the next.
MAYSWITCH void
rt_thread_locals(void *arg)
{
	Thread *t = arg;

	while (t->locals) {
		Local one = *t->locals;

		free(t->locals);
		t->locals = one.link;
		rt_thread_call((void *)one.destroy, SHAPE(1, 0), (uintptr_t)one.object, 0, 0);
	}
}

// First the objects, as C++ has it: what the end of the thread makes ready
// (notify_all_at_thread_exit) has a key.
MAYSWITCH void
rt_thread_destructors(void *arg)
{
	Thread *t = arg;
	void **values;

	t->ends = false;
	rt_thread_locals(t);
	if (t->exits)
		return;
	for (int n = 0; n < PTHREAD_DESTRUCTOR_ITERATIONS && (t->locals || t->pt.tsd_used); n++) {
		rt_thread_locals(t);
		if (__pthread_tsd_run_dtors)
			__pthread_tsd_run_dtors();
	}
	values = t->pt.tsd;
	if (values == no_values)
		return;
	t->pt.tsd = no_values;
	os_thread_hidden();
	free(values);
}

int weak __real_pthread_key_delete(pthread_key_t k);
int __wrap_pthread_key_delete(pthread_key_t k);
int __wrap___pthread_key_delete(pthread_key_t k);

// A key that is made later may get the same number, and has no value in any thread.
int
__wrap_pthread_key_delete(pthread_key_t k)
{
	os_thread_look();
	for (uint32_t i = 0; i < load_acq(&allglen); i++) {
		const Thread *t = allg_at(i)->machine.thread;

		if (t && t->pt.tsd != no_values)
			t->pt.tsd[k] = NULL;
	}
	os_thread_looked();
	return __real_pthread_key_delete(k);
}

int
__wrap___pthread_key_delete(pthread_key_t k)
{
	return __wrap_pthread_key_delete(k);
}

// Runs behind all that the goroutine has deferred, when its frames are gone.
static void
defer_last(G *gp, GoFunc fn, void *arg)
{
	Defer *d = malloc(sizeof *d), **link = &gp->defers;

	if (!d)
		rt_throw("pthread_setspecific: out of memory");
	while (*link && !(*link)->last)
		link = &(*link)->link;
	*d = (Defer){.link = *link, .fn = fn, .arg = arg, .heap = true, .last = true};
	for (Protect *p = gp->protect; p; p = p->prev)
		if (p->defers == d->link)
			p->defers = d;
	*link = d;
}

void
os_thread_exits(void)
{
	Thread *t = rt_g()->machine.thread;

	if (t)
		t->exits = true;
}

// The running thread has something to destroy at its end.
static void
must_end(Thread *t)
{
	if (t->made || t->ends)
		return;
	t->ends = true;
	defer_last(rt_g(), rt_thread_destructors, t);
}

// exit destroys the caller's objects, before those of the program. Behind a pointer, because a
// program that has none need not have this function.
MAYSWITCH static void
end_locals(void)
{
	rt_thread_locals(os_thread(rt_g()));
}

int __cxa_thread_atexit(void (*destroy)(void *), void *object, void *library);

// libc++abi has its own, which keeps the objects behind a key that may come late among the keys,
// and destroys those of main among the static ones.
int
__cxa_thread_atexit(void (*destroy)(void *), void *object, void *library)
{
	M *mp = rt_m();
	Thread *t;
	Local *l;

	(void)library;
	if (!mp || rt_g() == mp->g0)
		return os_stranger_local(destroy, object);
	t = os_thread(rt_g());
	l = malloc(sizeof *l);
	if (!l)
		return -1;
	*l = (Local){t->locals, destroy, object};
	t->locals = l;
	os_end_locals = end_locals;
	must_end(t);
	return 0;
}

static int
set_value(pthread_key_t k, const void *x)
{
	struct pthread *self = __pthread_self();

	if (self->tsd[k] == x)
		return 0;
	if (self->tsd == no_values) {
		void **values = calloc(PTHREAD_KEYS_MAX, sizeof *values);

		if (!values)
			return ENOMEM;
		self->tsd = values;
		must_end((Thread *)self);
	}
	self->tsd[k] = (void *)x;
	self->tsd_used = 1;
	return 0;
}

int __wrap_pthread_setspecific(pthread_key_t k, const void *x);
int __wrap_tss_set(pthread_key_t k, void *x);

int
__wrap_pthread_setspecific(pthread_key_t k, const void *x)
{
	return set_value(k, x);
}

int
__wrap_tss_set(pthread_key_t k, void *x)
{
	return set_value(k, x) ? 2 /* thrd_error */ : 0;
}

// --- birth and death ---

static void
give_back(Thread *t)
{
	t->pt.self = NULL; // pthread_join knows it as dead
	if (t->made)
		free(t);
}

// A mutex that says when its holder has died lies in a list of the holder's. The next one that
// locks it is told.
static void
leave_robust(struct pthread *self)
{
	enum { OwnerDied = 0x40000000 };
	volatile void *volatile *at;

	while ((at = self->robust_list.head) != NULL && at != &self->robust_list.head) {
		pthread_mutex_t *m =
			(pthread_mutex_t *)((char *)at - offsetof(pthread_mutex_t, _m_next));
		bool waited = m->_m_waiters;

		self->robust_list.pending = at;
		self->robust_list.head = *at;
		waited |= a_swap(&m->_m_lock, OwnerDied) < 0;
		self->robust_list.pending = NULL;
		if (waited)
			__wake(&m->_m_lock, 1, 1);
	}
}

// The goroutine has ended. Threads that the program made have no record by then. On the M's stack.
void
os_thread_gone(void *thread)
{
	leave_robust(&((Thread *)thread)->pt);
	os_thread_hidden();
	os_thread_lower(thread);
	give_cell(thread);
}

// The names tell the link step that these call the C library for the program.
MAYSWITCH void rt_thread_run(void *thread);
MAYSWITCH void rt_thread_end(void *thread);

// The thread's function has returned, or it called pthread_exit. If a destructor or a handler of a
// signal does that, too, this function goes on with the next.
MAYSWITCH void
rt_thread_end(void *arg)
{
	Thread *t = arg;
	Defer again = {.fn = rt_thread_end, .arg = t, .last = true};

	t->pt.canceldisable = PTHREAD_CANCEL_DISABLE;
	t->pt.cancelasync = PTHREAD_CANCEL_DEFERRED;
	rt_deferpush(&again);
	if (os_thread_signals)
		os_thread_signals(t); // those that were sent while it ran
	rt_thread_destructors(t);
	rt_deferdrop(&again);
	leave_robust(&t->pt);
	rt_g()->machine.thread = NULL;
	os_thread_hidden();
	if (load_seq(&t->stop))
		os_thread_lower(t);
	t->gp = NULL;
	if (a_cas(&t->pt.detach_state, DT_JOINABLE, DT_EXITING) == DT_DETACHED) {
		give_back(t);
	} else {
		a_store(&t->pt.detach_state, DT_EXITED);
		__wake(&t->pt.detach_state, 1, 1);
	}
	if (add_seq(&nthreads, -1u) == 0)
		rt_futexwake((uint32_t *)&nthreads, 1);
}

MAYSWITCH void
rt_thread_run(void *arg)
{
	Thread *t = arg;
	Defer end = {.fn = rt_thread_end, .arg = t, .last = true};

	t->gp = rt_g();
	// Below that the thread has as much as it asked for.
	t->pt.stack = (void *)os_tls_place(t->gp);
	take(t);
	if (t->name)
		t->gp->label = t->name;
	rt_deferpush(&end);
	if (os_thread_signals)
		os_thread_signals(t);
	t->pt.result = (void *)rt_thread_call((void *)t->fn, SHAPE(1, 1), (uintptr_t)t->arg, 0, 0);
	rt_rundefers(&end);
	rt_deferdrop(&end);
	rt_thread_end(t);
}

// Called before and after the program makes a thread, with the number of the place or 0. The link
// step adds the calls: link/createdby.js.
EXPORT(rt_thread_site)
void
rt_thread_site(uint32_t number)
{
	if (rt_m())
		rt_g()->machine.site = number;
}

static const Site *
place(void)
{
	static const Site unknown = {"pthread_create", "", 0};
	static AtomicPtr known[64]; // by number: to look it up takes a tenth of a creation
	uint32_t number = rt_g()->machine.site;
	const Site *site = NULL;
	Loc loc;

	if (number < nelem(known))
		site = (const Site *)loadp_acq(&known[number]);
	if (site)
		return site;
	if (!rt_symtab_loc(rt_symtab_creation(number), &loc))
		return &unknown;
	site = go_site_(loc.func, loc.file, (int)loc.line);
	if (number < nelem(known))
		storep_rel(&known[number], (uintptr_t)site);
	return site;
}

int __wrap_pthread_create(pthread_t *restrict to, const pthread_attr_t *restrict attr,
                          void *(*fn)(void *), void *restrict arg);
int __wrap___pthread_create(pthread_t *restrict to, const pthread_attr_t *restrict attr,
                            void *(*fn)(void *), void *restrict arg);

// Defined only with --threads=workers (threads_workers.c).
extern const bool weak os_threads_are_workers;

int
__wrap_pthread_create(pthread_t *restrict to, const pthread_attr_t *restrict attr,
                      void *(*fn)(void *), void *restrict arg)
{
	bool given = attr && attr != __ATTRP_C11_THREAD;
	size_t stack = given && attr->_a_stacksize ? attr->_a_stacksize : ThreadStack;
	Thread *t;
	int error;

	if (!rt_m() || &os_threads_are_workers)
		return os_stranger_create(to, attr, fn, arg);
	if (stack > (256 << 20))
		return EINVAL;
	t = malloc(sizeof *t);
	if (!t)
		return EAGAIN;
	init(t, NULL);
	error = os_thread_inherit(t, given ? attr : NULL);
	if (error) {
		free(t);
		return error;
	}
	store64_rel(&t->blocked, load64_acq(&os_thread(rt_g())->blocked));
	t->fn = fn;
	t->arg = arg;
	t->made = true;
	t->pt.stack_size = stack;
	t->pt.detach_state = given && attr->_a_detach ? DT_DETACHED : DT_JOINABLE;
	__atomic_store_n(to, &t->pt, __ATOMIC_SEQ_CST);
	if (!libc.need_locks)
		libc.need_locks = 1;
	libc.threaded = 1;
	add_seq(&nthreads, 1);
	rt_newthread(rt_thread_run, t, stack, place());
	return 0;
}

int
__wrap___pthread_create(pthread_t *restrict to, const pthread_attr_t *restrict attr,
                        void *(*fn)(void *), void *restrict arg)
{
	return __wrap_pthread_create(to, attr, fn, arg);
}

_Noreturn void __wrap_pthread_exit(void *result);
_Noreturn void __wrap___pthread_exit(void *result);
_Noreturn void __real___pthread_exit(void *result);

// The thread of main ends the program, as soon as no other thread is left.
MAYSWITCH _Noreturn static void
exit_main(void)
{
	uint32_t n;

	while ((n = load_seq(&nthreads)) != 0)
		rt_futexwait((uint32_t *)&nthreads, n, -1, WaitThreadJoin, NULL);
	exit(0);
}

MAYSWITCH _Noreturn void
__wrap___pthread_exit(void *result)
{
	M *mp = rt_m();
	G *gp = rt_g();
	Thread *t;

	if (!mp || gp == mp->g0)
		__real___pthread_exit(result);
	t = os_thread(gp);
	t->pt.result = result;
	t->pt.canceldisable = PTHREAD_CANCEL_DISABLE;
	t->pt.cancelasync = PTHREAD_CANCEL_DEFERRED;
	if (gp->id != 1)
		go_exit();
	rt_rundefers(NULL);
	if (a_cas(&t->pt.detach_state, DT_JOINABLE, DT_EXITED) == DT_JOINABLE)
		__wake(&t->pt.detach_state, 1, 1);
	exit_main();
}

MAYSWITCH _Noreturn void
__wrap_pthread_exit(void *result)
{
	__wrap___pthread_exit(result);
}

// Frees the record of a thread that was joined. Workers have records that JavaScript frees.
static void
cleanup(struct pthread *pt, void (*real)(struct pthread *))
{
	if (!is_thread(pt))
		real(pt);
	else
		give_back((Thread *)pt);
}

#if __clang_major__ < 15
void __real___emscripten_thread_cleanup(struct pthread *pt);
void __wrap___emscripten_thread_cleanup(struct pthread *pt);

void
__wrap___emscripten_thread_cleanup(struct pthread *pt)
{
	cleanup(pt, __real___emscripten_thread_cleanup);
}
#else
void __real__emscripten_thread_cleanup(struct pthread *pt);
void __wrap__emscripten_thread_cleanup(struct pthread *pt);

void
__wrap__emscripten_thread_cleanup(struct pthread *pt)
{
	cleanup(pt, __real__emscripten_thread_cleanup);
}
#endif
