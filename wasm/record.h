#ifndef OS_RECORD_H
#define OS_RECORD_H

// The record that the machine keeps of a thread of the program, for the files that are compiled
// with musl's own headers.

#include "pthread_impl.h"

#undef hidden // musl's; a field of Machine has this name

#include "../runtime/base/gmp.h"
#include "../runtime/sync/panic.h"

// A call of pthread_cleanup_push: see cleanup.c.
typedef struct Handler Handler;
struct Handler {
	Defer defer;
	void (*fn)(void *);
	void *arg;
};

// A thread_local object of C++ that has a destructor.
typedef struct Local Local;
struct Local {
	Local *link; // next older
	void (*destroy)(void *);
	void *object;
};

typedef struct Thread Thread;
struct Thread {
	struct pthread pt; // first: it is what pthread_t points to
	Handler handler;   // one for which no memory need be allocated
	void *(*fn)(void *);
	void *arg;
	G *gp;
	Local *locals;     // newest first
	AtomicPtr waitson; // word that it waits for in the C library; or NULL
	AtomicU32 stop;    // looks after its signals before it waits on
	AtomicU32 stop_cp; // the same where it can be cancelled: also if it was
	AtomicU64 pending; // signals that were sent to it: see sent.c
	AtomicU64 blocked;
	AtomicU64 awaited;    // signals that it waits for in sigwait
	uint32_t handled;     // counts handlers that have run
	int policy, priority; // kept: see priority.c
	stack_t other_stack;  // the same: see sigaction.c
	const char *name;
	char *token; // what strtok has left
	bool cuts;   // has called strtok with a text
	bool made;   // by pthread_create
	bool ends;   // made by go, and has deferred rt_thread_destructors
	bool exits;  // main has returned, which is exit: the keys' values stay
};

enum { FirstTid = 1 << 16 }; // those of workers are small

// The record of a goroutine, which is the running one or has one.
Thread *os_thread(G *gp);

// pthread_create of a thread that is no goroutine (stranger.c).
int os_stranger_create(pthread_t *restrict to, const pthread_attr_t *restrict attr,
                       void *(*fn)(void *), void *restrict arg);

// __cxa_thread_atexit of a thread that is no goroutine (stranger.c).
int os_stranger_local(void (*destroy)(void *), void *object);

// Is it a thread of the program, and not a worker?
ALWAYS_INLINE bool
is_thread(const struct pthread *pt)
{
	return pt->tid >= FirstTid;
}

// Between the two the caller may look at records of other threads: none is freed.
void os_thread_look(void);
void os_thread_looked(void);

// The running thread has hidden its record, or a part of it, and the caller will free that: waits
// until nobody looks at it.
void os_thread_hidden(void);

// Makes t look at its flags, if it waits in the C library.
void os_thread_poke(Thread *t);

// Makes t look after its signals: where it waits, or at its next poll. If the request comes too
// early or too late for the poll, sysmon repeats it.
void os_thread_want(Thread *t);

// t has looked, or ends.
void os_thread_lower(Thread *t);

#endif
