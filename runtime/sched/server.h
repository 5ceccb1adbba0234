#ifndef RT_SERVER_H
#define RT_SERVER_H

#include "sched.h"

// A service goroutine that sleeps until somebody wants something of it. Why no wake-up is lost:
//	a client     sets wanted, then looks at asleep
//	the server   is parked, sets asleep, then looks at wanted
// Whichever comes second sees what the other one did. The server sets wanted to 0 before it looks
// for work.
typedef struct Server Server;
struct Server {
	G *g;             // read only when asleep is 1
	AtomicU32 asleep; // it is parked, and nobody has readied it yet
	AtomicU32 wanted;
};

// Readies the server if it is wanted and asleep. Threads that are no M must not call this: they set
// wanted and wake sysmon.
ALWAYS_INLINE void
rt_server_wake(Server *s)
{
	if (load_seq(&s->wanted) && cas_acqrel(&s->asleep, 1, 0))
		rt_ready(s->g);
}

ALWAYS_INLINE void
rt_server_want(Server *s)
{
	store_seq(&s->wanted, 1);
	rt_server_wake(s);
}

// Sets asleep. Runs once the goroutine is saved, so nobody readies it earlier.
void rt_server_asleep(void *server);

// The server calls this: waits until it is wanted.
ALWAYS_INLINE MAYSWITCH void
rt_server_wait(Server *s, enum WaitReason reason)
{
	if (load_seq(&s->wanted))
		return;
	s->g = rt_g();
	rt_park(rt_server_asleep, s, reason);
}

#endif
