#ifndef RT_CHAN_H
#define RT_CHAN_H

// Channels: what a channel is, and the one algorithm under its lock that send, receive, select
// and timers share.
//
// A channel is in one of these states. Queues hold waiters in the order of their coming.
//	empty	  count 0; receivers may wait
//	some	  0 < count < cap; nobody waits
//	full	  count == cap; senders may wait (unbuffered: empty and full at once)
//	closed	  count only falls; nobody waits
// A queue may also hold waiters of selects that were already won elsewhere; they are skipped.

#include "../base/base.h"
#include "../base/gmp.h"
#include "../worldsema.h"

typedef struct Timer Timer;
typedef struct WaitQ WaitQ;

// A goroutine that waits on a channel; lies on its own stack, or in its select. Owned by the
// channel's lock while it is queued. The waker fills it before it readies the goroutine.
typedef struct Sudog Sudog;
struct Sudog {
	G *gp;
	Sudog *next, *prev;
	void *elem;     // what to send, where to receive; NULL: discard
	AtomicPtr *won; // select: the waiter that fired, 0 while none did. NULL outside of select
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
	bool hosted; // go_host_channel has given it a name
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

// With the channel locked: does the operation if that is possible without waiting. *wake is set
// to a goroutine that has been served and is to be readied after the lock is released.
enum ChanTry rt_chantry_locked(GoChan *c, GoDir dir, void *elem, G **wake);

// Joins and leaves the queue for dir. Leaving after having been taken off is allowed.
void rt_chanwait_locked(GoChan *c, GoDir dir, Sudog *sg);
void rt_chanleave_locked(GoChan *c, GoDir dir, Sudog *sg);

// Sends if that is possible without waiting; a closed channel is just not possible. May run
// without a goroutine.
bool rt_chanoffer(GoChan *c, const void *elem);

// Calls each for every arm with a channel of the select that gp waits in. Returns the block its
// records lie in, or NULL.
const void *rt_select_chans(const G *gp, void (*each)(const G *gp, GoChan *c));

MAYSWITCH NORETURN void rt_sendclosed(void);

#endif
