#include "sched.h"

#include "../base/throw.h"

// The words of a dump. Programs parse dumps, so these stay the words of the seed and of Go.
static const char *const reasons[] = {
	[WaitNone] = "",
	[WaitChanSend] = "chan send",
	[WaitChanSendNil] = "chan send (nil chan)",
	[WaitChanReceive] = "chan receive",
	[WaitChanReceiveNil] = "chan receive (nil chan)",
	[WaitSelect] = "select",
	[WaitSelectNoCases] = "select (no cases)",
	[WaitSemacquire] = "semacquire",
	[WaitSleep] = "sleep",
	[WaitTimerIdle] = "timer goroutine (idle)",
	[WaitFinalizer] = "finalizer wait",
	[WaitNewGoroutine] = "new goroutine",
	[WaitMutexLock] = "sync.Mutex.Lock",
	[WaitRWMutexRLock] = "sync.RWMutex.RLock",
	[WaitRWMutexLock] = "sync.RWMutex.Lock",
	[WaitWaitGroup] = "sync.WaitGroup.Wait",
	[WaitCond] = "sync.Cond.Wait",
	[WaitHostCall] = "host call",
	[WaitHostIdle] = "host requests (idle)",
	[WaitPreempted] = "preempted",
	[WaitStopped] = "stopped",
	[WaitGCIdle] = "GC worker (idle)",
	[WaitGC] = "wait for GC cycle",
	[WaitCpuProfile] = "CPU profile",
	[WaitThreadMutex] = "sync.Mutex.Lock",
	[WaitThreadRead] = "sync.RWMutex.RLock",
	[WaitThreadWrite] = "sync.RWMutex.Lock",
	[WaitThreadCond] = "pthread_cond_wait",
	[WaitThreadJoin] = "pthread_join",
	[WaitThreadWord] = "futex",
};

static_assert(nelem(reasons) == NWaitReason, "a reason without words");

const char *
rt_reason_text(uint32_t reason)
{
	return reason < NWaitReason ? reasons[reason] : "???";
}

// True: gp runs, or a stop unwound it, and it is first on its P to run again.
bool
rt_isrunning(G *gp)
{
	uint32_t status = load_relaxed(&gp->status);

	if (status != Grunnable || !gp->running)
		return status == Grunning;
	for (int i = 0; i < gomaxprocs; i++)
		if (loadp_acq(&allp[i]->runnext) == (uintptr_t)gp)
			return true;
	return false;
}

const char *
rt_status_text(G *gp)
{
	switch (load_relaxed(&gp->status)) {
	case Gidle:
		return "idle";
	case Grunnable:
		return rt_isrunning(gp) ? "running" : "runnable";
	case Grunning:
		return "running";
	case Gsyscall:
		return gp->reason ? rt_reason_text(gp->reason) : "syscall";
	case Gwaiting:
		return gp->reason ? rt_reason_text(gp->reason) : "waiting";
	case Gmoribund:
		return "moribund";
	default:
		return "???";
	}
}
