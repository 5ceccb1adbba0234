#ifndef RT_SPINNING_H
#define RT_SPINNING_H

// Ms that have a P, are out of work, and look for it elsewhere. While one does, whoever queues work
// need not wake
// another: it will be found. After Go's "worker thread parking/unparking".

#include "../base/throw.h"
#include "sched.h"

ALWAYS_INLINE void
rt_spinning_begin(M *mp)
{
	if (mp->spinning)
		return;
	mp->spinning = true;
	add_seq(&sched.nmspinning, 1);
}

// False: it was not looking.
ALWAYS_INLINE bool
rt_spinning_end(M *mp)
{
	if (!mp->spinning)
		return false;
	mp->spinning = false;
	if ((int32_t)add_seq(&sched.nmspinning, (uint32_t)-1) < 0)
		rt_throw("sched: spinning Ms below zero");
	return true;
}

// Is there a P without an M, and does nobody look for work? Then rt_wakep after more was queued.
ALWAYS_INLINE bool
rt_nobody_looks(void)
{
	return load_seq(&sched.npidle) > 0 && load_seq(&sched.nmspinning) == 0;
}

#endif
