#include "preempt.h"

#include "../base/os.h"
#include "../base/self.h"
#include "alone.h"

// The count may lag, even below zero, but does not stay zero while a flag is up.
void
rt_raise(M *mp, uint32_t why)
{
	if (or_seq(&mp->preempt, why) == 0)
		add_seq(os_raised(), 1);
	if (os_alone()) { // where polls look at the flag only when they look at the clock
		os_set_polls_left(false, 1);
		os_set_polls_left(true, 1);
	}
}

uint32_t
rt_lower(M *mp)
{
	uint32_t why = load_seq(&mp->preempt);

	if (why == 0)
		return 0;
	why = swap_acqrel(&mp->preempt, 0);
	if (why != 0)
		add_seq(os_raised(), (uint32_t)-1);
	return why;
}

// Callers repeat a request that had no effect: if the M moved from pp to another P meanwhile, the
// rt_lower below may lower a flag that somebody else has raised.
//
// The M that stopped the world keeps its P (Pgcstop). Its time slice goes on, and so does its
// goroutine once the world starts.
void
rt_preempt(P *pp, uint32_t why)
{
	M *mp = pp->m;
	uint32_t status = load_acq(&pp->status);

	if (!mp || (status != Prunning && status != Pgcstop))
		return;
	rt_raise(mp, why);
	status = load_seq(&pp->status);
	if ((status != Prunning && status != Pgcstop) || pp->m != mp)
		rt_lower(mp);
}
