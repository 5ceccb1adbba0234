// Channels. The algorithm is Go's. A value goes straight from the sender's variable to a waiting
// receiver; else through the ring buffer; else the goroutine waits. Stacks lie in shared memory and
// never move, so a waiter's record and its variable may stay on its stack.

#include "chan.h"

#include <stdlib.h>
#include <string.h>

#include "../base/throw.h"
#include "../sched/sched.h"
#include "panic.h"
#include "timer.h"

enum { MaxElem = 64 * 1024 };

static char *
slot(GoChan *c, size_t i)
{
	return (char *)(c + 1) + i * c->elem_size;
}

static size_t
after(const GoChan *c, size_t i)
{
	return i + 1 == c->cap ? 0 : i + 1;
}

// Constant sizes become single instructions.
static void
copy(const GoChan *c, void *to, const void *from)
{
	if (c->elem_size == 4)
		memcpy(to, from, 4);
	else if (c->elem_size == 8)
		memcpy(to, from, 8);
	else if (c->elem_size != 0)
		memcpy(to, from, c->elem_size);
}

// Clears a slot whose element was taken out, or the collector and the search for leaks would still
// find it there. An element smaller than a pointer holds none.
static void
clear(const GoChan *c, void *slot)
{
	if (c->elem_size == 4)
		memset(slot, 0, 4);
	else if (c->elem_size == 8)
		memset(slot, 0, 8);
	else if (c->elem_size >= sizeof(void *))
		memset(slot, 0, c->elem_size);
}

static void
put(WaitQ *q, Sudog *sg)
{
	sg->next = NULL;
	sg->prev = q->last;
	if (q->last)
		q->last->next = sg;
	else
		q->first = sg;
	q->last = sg;
	sg->queued = true;
}

static void
cut(WaitQ *q, Sudog *sg)
{
	if (sg->prev)
		sg->prev->next = sg->next;
	else
		q->first = sg->next;
	if (sg->next)
		sg->next->prev = sg->prev;
	else
		q->last = sg->prev;
	sg->queued = false;
}

// Takes the next waiter that can still be served. A select waits on several channels under several
// locks: the waker that is first to set its won word wakes it, and the others skip it.
static Sudog *
get(WaitQ *q)
{
	Sudog *sg;

	while ((sg = q->first) != NULL) {
		cut(q, sg);
		if (!sg->won || casp_acqrel(sg->won, 0, (uintptr_t)sg))
			return sg;
	}
	return NULL;
}

static enum ChanTry
trysend(GoChan *c, const void *elem, G **wake)
{
	Sudog *sg;

	if (unlikely(c->closed))
		return ChanClosed;
	sg = get(&c->recvq);
	if (sg) {
		if (sg->elem)
			copy(c, sg->elem, elem);
		sg->success = true;
		*wake = sg->gp;
		return ChanDone;
	}
	if (c->count == c->cap)
		return ChanWait;
	copy(c, slot(c, c->sendx), elem);
	c->sendx = after(c, c->sendx);
	c->count++;
	return ChanDone;
}

// Takes the oldest element. If a sender waits (the buffer was full), its element goes into the free
// slot: the head of the ring is now its tail.
static void
shift(GoChan *c, void *elem, G **wake)
{
	char *head = slot(c, c->recvx);
	Sudog *sg;

	if (elem)
		copy(c, elem, head);
	c->recvx = after(c, c->recvx);
	sg = get(&c->sendq);
	if (!sg) {
		clear(c, head);
		c->count--;
		return;
	}
	copy(c, head, sg->elem);
	c->sendx = c->recvx;
	sg->success = true;
	*wake = sg->gp;
}

static enum ChanTry
tryrecv(GoChan *c, void *elem, G **wake)
{
	Sudog *sg;

	if (c->count > 0) {
		shift(c, elem, wake);
		return ChanDone;
	}
	if (unlikely(c->closed)) {
		if (elem)
			memset(elem, 0, c->elem_size);
		return ChanClosed;
	}
	sg = get(&c->sendq);
	if (!sg)
		return ChanWait;
	if (elem)
		copy(c, elem, sg->elem);
	sg->success = true;
	*wake = sg->gp;
	return ChanDone;
}

enum ChanTry
rt_chantry_locked(GoChan *c, GoDir dir, void *elem, G **wake)
{
	return dir == GO_SEND ? trysend(c, elem, wake) : tryrecv(c, elem, wake);
}

void
rt_chanwait_locked(GoChan *c, GoDir dir, Sudog *sg)
{
	put(dir == GO_SEND ? &c->sendq : &c->recvq, sg);
}

void
rt_chanleave_locked(GoChan *c, GoDir dir, Sudog *sg)
{
	if (sg->queued)
		cut(dir == GO_SEND ? &c->sendq : &c->recvq, sg);
}

// Does the operation. If it would have to wait: with sg, joins the queue and returns with the
// channel locked, to park with; without sg, gives up. A function of its own because it never
// switches: its callers, which do, stay small, and only they pay for being suspendable.
static enum ChanTry
operate(GoChan *c, GoDir dir, void *elem, Sudog *sg)
{
	G *wake = NULL;
	enum ChanTry got;

	rt_lock(&c->lock);
	got = rt_chantry_locked(c, dir, elem, &wake);
	if (got == ChanWait && sg) {
		sg->gp = rt_g();
		sg->gp->waitson = (uintptr_t)c;
		sg->elem = elem;
		sg->won = NULL;
		rt_chanwait_locked(c, dir, sg);
		return got;
	}
	rt_unlock(&c->lock);
	if (wake)
		rt_ready(wake);
	return got;
}

// An operation on a nil channel: nobody can ever wake this goroutine.
MAYSWITCH NORETURN static void
wait_forever(enum WaitReason reason)
{
	rt_park(NULL, NULL, reason);
	rt_throw("chan: a wait on a nil channel ended");
}

MAYSWITCH NORETURN NOINLINE void
rt_sendclosed(void)
{
	go_panic("send on closed channel");
}

// The const of elem is cast away only because one record serves both directions. The element that
// is sent is never written to.
MAYSWITCH void
go_chan_send(GoChan *c, const void *elem)
{
	Sudog sg;
	enum ChanTry got;

	if (unlikely(!c))
		wait_forever(WaitChanSendNil);
	if (unlikely(!elem) && c->elem_size != 0)
		rt_nilpanic();
	got = operate(c, GO_SEND, (void *)elem, &sg);
	if (likely(got == ChanDone))
		return;
	if (got == ChanWait) {
		rt_park_unlock(&c->lock, WaitChanSend);
		if (likely(sg.success))
			return;
	}
	rt_sendclosed();
}

MAYSWITCH bool
go_chan_recv(GoChan *c, void *elem)
{
	Sudog sg;
	enum ChanTry got;

	if (unlikely(!c))
		wait_forever(WaitChanReceiveNil);
	got = operate(c, GO_RECV, elem, &sg);
	if (got != ChanWait)
		return got == ChanDone;
	rt_park_unlock(&c->lock, WaitChanReceive);
	return sg.success;
}

MAYSWITCH bool
go_chan_try_send(GoChan *c, const void *elem)
{
	enum ChanTry got;

	if (!c)
		return false;
	if (unlikely(!elem) && c->elem_size != 0)
		rt_nilpanic();
	got = operate(c, GO_SEND, (void *)elem, NULL);
	if (unlikely(got == ChanClosed))
		rt_sendclosed();
	return got == ChanDone;
}

MAYSWITCH bool
go_chan_try_recv(GoChan *c, void *elem, bool *ok)
{
	enum ChanTry got = !c ? ChanWait : operate(c, GO_RECV, elem, NULL);

	if (ok)
		*ok = got == ChanDone;
	return got != ChanWait;
}

bool
rt_chanoffer(GoChan *c, const void *elem)
{
	return operate(c, GO_SEND, (void *)elem, NULL) == ChanDone;
}

GoChan *
go_chan_make(size_t elem_size, ptrdiff_t cap)
{
	size_t room = (size_t)PTRDIFF_MAX - sizeof(GoChan);
	GoChan *c = NULL;

	if (elem_size <= MaxElem && cap >= 0 && (elem_size == 0 || (size_t)cap <= room / elem_size))
		c = malloc(sizeof *c + elem_size * (size_t)cap);
	if (!c)
		go_panic("makechan: size out of range");
	*c = (GoChan){.elem_size = (uint32_t)elem_size, .cap = (size_t)cap};
	c->lock.rank = RankChan;
	return c;
}

void
go_chan_free(GoChan *c)
{
	bool used;

	if (!c)
		return;
	if (c->hosted)
		go_panic("free of a channel that the host has: go_host_channel_forget");
	if (c->timer)
		rt_timerstop(c->timer); // from here on the timer does not send
	rt_lock(&c->lock);
	used = c->recvq.first || c->sendq.first;
	rt_unlock(&c->lock);
	if (used)
		go_panic("free of a channel that a goroutine waits on");
	rt_timerfree(c->timer);
	if (c->count > 0)
		memset(c + 1, 0,
		       c->cap * c->elem_size); // or the next owner of the memory finds them
	free(c);
}

// Takes all waiters off a queue, and puts them in front of list, by next.
static Sudog *
dismiss(GoChan *c, WaitQ *q, Sudog *list)
{
	Sudog *sg;

	while ((sg = get(q)) != NULL) {
		if (q == &c->recvq && sg->elem)
			memset(sg->elem, 0, c->elem_size);
		sg->success = false;
		sg->next = list;
		list = sg;
	}
	return list;
}

void
go_chan_close(GoChan *c)
{
	Sudog *list, *next;

	if (!c)
		go_panic("close of nil channel");
	rt_lock(&c->lock);
	if (c->closed) {
		rt_unlock(&c->lock);
		go_panic("close of closed channel");
	}
	c->closed = true;
	list = dismiss(c, &c->sendq, dismiss(c, &c->recvq, NULL));
	rt_unlock(&c->lock);
	for (; list; list = next) {
		next = list->next; // read now: the record is on the stack of the woken goroutine
		rt_ready(list->gp);
	}
}

size_t
go_chan_len(const GoChan *c)
{
	GoChan *mut = (GoChan *)c; // only for its lock
	size_t n;

	if (!c)
		return 0;
	rt_lock(&mut->lock);
	n = c->count;
	rt_unlock(&mut->lock);
	return n;
}

size_t
go_chan_cap(const GoChan *c)
{
	return !c ? 0 : c->cap;
}
