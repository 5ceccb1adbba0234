#ifndef RT_CHAN_H
#define RT_CHAN_H

// Channels: the record, and the algorithm under its lock that send, receive, select and timers
// share.
//
// A channel is in one of these states. Queues hold waiters in order of arrival.
//	empty	  count 0; receivers may wait
//	some	  0 < count < cap; nobody waits
//	full	  count == cap; senders may wait (unbuffered: empty and full at once)
//	closed	  count only falls; nobody waits
// A queue may also hold waiters of a select that another of its arms has already won. They are
// skipped.

#include "../base/base.h"
#include "../base/gmp.h"
#include "../worldsema.h"

typedef struct Timer Timer;
typedef struct WaitQ WaitQ;

// A goroutine that waits on a channel. The record lies on the goroutine's stack, or in its select.
// While it is queued, the channel's lock guards it. The waker fills it before it readies the
// goroutine.
typedef struct Sudog Sudog;
struct Sudog {
	G *gp;
	Sudog *next, *prev;
	void *elem;     // what to send, where to receive; NULL: discard
	AtomicPtr *won; // select: points to the waiter that fired, or 0. NULL outside of select
	bool queued;
	bool success; // false: woken by close
};

struct WaitQ {
	Sudog *first, *last;
};

struct GoChan {
	Lock lock;
	uint32_t elem_size;
	bool closed;
	bool hosted; // go_host_channel gave it a name
	size_t cap;
	size_t count; // elements in the buffer
	size_t sendx; // slot for the next send
	size_t recvx; // oldest element
	WaitQ recvq, sendq;
	Timer *timer; // go_after's; freed with the channel
};

enum ChanTry {
	ChanWait, // nothing done
	ChanDone,
	ChanClosed, // send: not done. Receive: closed and drained, the element is zeroed
};

// With the channel locked: does the operation if that is possible without waiting. If this served a
// waiting goroutine, *wake is set to it: the caller readies it after releasing the lock.
enum ChanTry rt_chantry_locked(GoChan *c, GoDir dir, void *elem, G **wake);

// Joins and leaves the queue for dir. sg may leave even if it is no longer queued.
void rt_chanwait_locked(GoChan *c, GoDir dir, Sudog *sg);
void rt_chanleave_locked(GoChan *c, GoDir dir, Sudog *sg);

// Sends if that is possible without waiting. False: it is not possible, or the channel is closed.
// May run without a goroutine.
bool rt_chanoffer(GoChan *c, const void *elem);

// Calls each for every arm with a channel of the select in which gp waits. Returns the heap block
// of its records, or NULL if they lie on the stack.
const void *rt_select_chans(const G *gp, void (*each)(const G *gp, GoChan *c));

MAYSWITCH NORETURN void rt_sendclosed(void);

#endif
