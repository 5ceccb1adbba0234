#ifndef RT_SPINNING_H
#define RT_SPINNING_H

// A spinning M has a P, is out of work, and looks for work elsewhere. While one spins, whoever
// queues work need not wake another M: the spinning one will find it. After Go's "worker thread
// parking/unparking".

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

// False: mp was not spinning.
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

// True: a P is idle, and no M spins. Then whoever queues work calls rt_wakep.
ALWAYS_INLINE bool
rt_nobody_looks(void)
{
	return load_seq(&sched.npidle) > 0 && load_seq(&sched.nmspinning) == 0;
}

#endif
