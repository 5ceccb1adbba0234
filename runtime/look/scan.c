#include "scan.h"

#include "../gc/about.h"

bool
rt_look_waits(const G *gp)
{
	if (load_acq(&gp->status) != Gwaiting || gp->system)
		return false;
	switch (gp->reason) {
	case WaitChanSend:
	case WaitChanSendNil:
	case WaitChanReceive:
	case WaitChanReceiveNil:
	case WaitSelect:
	case WaitSelectNoCases:
	case WaitSemacquire:
	case WaitMutexLock:
	case WaitRWMutexRLock:
	case WaitRWMutexLock:
	case WaitWaitGroup:
	case WaitCond:
	case WaitThreadMutex:
	case WaitThreadRead:
	case WaitThreadWrite:
	case WaitThreadCond:
	case WaitThreadJoin:
	case WaitThreadWord:
		return true;
	default:
		return false;
	}
}

void
rt_look_begin(void)
{
	rt_about_lock();
	rt_mem_lock();
}

static void
unmark(void)
{
	for (uintptr_t page = rt_mheap.lo; page < rt_mheap.hi;) {
		Span *s = rt_spans[page];

		if (!s) {
			page++;
			continue;
		}
		if (s->kind != SpanFree)
			for (uint32_t i = 0; i < s->nelems; i++)
				s->state[i] &= (uint8_t)~ObjMark;
		page += s->npages;
	}
}

void
rt_look_end(void)
{
	unmark();
	rt_mem_unlock();
	rt_about_unlock();
}

void
rt_look_pass(uintptr_t p)
{
	Span *s = rt_spanof(p);

	if (s && s->kind == SpanMalloc)
		s->state[rt_blockof(s, p)] |= ObjMark;
}
