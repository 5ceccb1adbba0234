#ifndef OS_SENT_H
#define OS_SENT_H

// Signals that were sent to a thread, or to any, and that nobody has taken yet.

#include <signal.h>

#include "../runtime/base/lock.h"

typedef struct Thread Thread;
typedef struct Sent Sent;

// One of them, with what its handler is told.
struct Sent {
	Sent *next;
	int tid; // of the thread; 0: any may take it
	int sig;
	int code; // SI_USER and its kin
	union sigval value;
	// A timer's, which owns this record: it goes on. Returns how often it was due meanwhile.
	// With os_sent_lock held.
	int (*taken)(Sent *s);
	void *timer;
	int overrun;
};

// A signal in a set of them.
ALWAYS_INLINE uint64_t
os_sent_bit(int sig)
{
	return UINT64_C(1) << (sig - 1);
}

extern Lock os_sent_lock;

// What timers wait for: it changes when the signal of one was taken, or one was set.
extern AtomicU32 os_sent_timers;
void os_sent_timers_changed(void);

// Keeps a signal for t; NULL: for any thread. False: there is no room, and no signal.
bool os_sent_put(Thread *t, const Sent *signal);

// The same for the signal of a timer. With the lock held.
void os_sent_put_locked(Sent *s);
void os_sent_drop_locked(Sent *s);

// Takes the first of the wanted signals that were sent to t or to any; false: there is none.
bool os_sent_take(Thread *t, uint64_t wanted, Sent *signal);

// Those of t, or of any.
uint64_t os_sent_for(Thread *t);

// Forgets a signal, whomever it was sent to.
void os_sent_discard(int sig);

// A signal for any thread was kept: sees to it that one takes it (signal.c).
MAYSWITCH void os_signal_any(int sig, Thread *caller);

#endif
