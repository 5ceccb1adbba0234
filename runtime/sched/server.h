#ifndef RT_SERVER_H
#define RT_SERVER_H

#include "sched.h"

// A service goroutine that sleeps until something is wanted of it. Why no wake-up is lost:
//	who wants  sets wanted, then looks at asleep
//	it         is parked, sets asleep, then looks at wanted
// Whoever comes second sees what the other one did. It sets wanted to 0 before it looks for what
// there is to do.
typedef struct Server Server;
struct Server {
	G *g;             // read only when asleep is 1
	AtomicU32 asleep; // it is parked, and nobody has readied it yet
	AtomicU32 wanted;
};

// Readies it if it is wanted and asleep. Not from threads that are no M: these set wanted, and tell
// sysmon.
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

// Asleep, as far as others may see, only once the goroutine is saved.
void rt_server_asleep(void *server);

// By the goroutine itself: waits until it is wanted.
ALWAYS_INLINE MAYSWITCH void
rt_server_wait(Server *s, enum WaitReason reason)
{
	if (load_seq(&s->wanted))
		return;
	s->g = rt_g();
	rt_park(rt_server_asleep, s, reason);
}

#endif
