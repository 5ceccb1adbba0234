#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/pushlist.h"
#include "../base/throw.h"
#include "../sched/sched.h"
#include "error.h"

enum { MaxName = 255, Slab = 64 };

static AtomicPtr posted;   // for the host, newest first
static AtomicPtr returned; // by the host, any order

// --- records: never freed, because the host may still look at one that was given up ---

static struct {
	Lock lock;
	HostCall *free;
} pool = {.lock = LOCK_INIT(RankHost)};

static void
refill_locked(void)
{
	HostCall *slab;

	pool.free = rt_take(&returned);
	if (pool.free)
		return;
	slab = os_alloc(Slab * sizeof *slab);
	for (int i = 0; slab && i < Slab; i++) {
		slab[i].next = pool.free;
		pool.free = &slab[i];
	}
}

static HostCall *
obtain(void)
{
	HostCall *c;

	rt_lock(&pool.lock);
	if (!pool.free)
		refill_locked();
	c = pool.free;
	if (c)
		pool.free = c->next;
	rt_unlock(&pool.lock);
	if (!c)
		rt_throw("host: out of memory for a call");
	return c;
}

static void
release(HostCall *c)
{
	rt_lock(&pool.lock);
	c->next = pool.free;
	pool.free = c;
	rt_unlock(&pool.lock);
}

// --- the host's side ---

HostCall *
rt_hostcall_take(void)
{
	static HostCall *list; // taken off posted
	HostCall *c;

	for (;;) {
		if (!list)
			list = rt_take_in_order(&posted, offsetof(HostCall, next));
		c = list;
		if (!c)
			return NULL;
		list = c->next; // read now: once taken, c may be posted again
		c->taken = c->op;
		if (cas_acqrel(&c->place, HostQueued, HostTaken))
			return c;
		rt_hostcall_giveback(c);
	}
}

bool
rt_hostcall_claim(HostCall *c)
{
	return cas_acqrel(&c->state, HostWaiting, HostAnswering);
}

void
rt_hostcall_settle(HostCall *c)
{
	G *gp = c->gp;

	if (!c->counted)
		add_seq(&sched.hostpending, 1);
	store_rel(&c->state, HostAnswered);
	rt_ready_outside(gp);
}

void
rt_hostcall_giveback(HostCall *c)
{
	rt_push(&returned, c, offsetof(HostCall, next));
}

// --- waiting ---

// On sysmon: the time is up.
static void
expire(Timer *t, int64_t now)
{
	HostCall *c = t->arg;

	(void)now;
	if (!cas_acqrel(&c->state, HostWaiting, HostExpired))
		return; // the answer is being written
	rt_ready(c->gp);
	add_seq(&sched.hostpending, (uint32_t)-1);
}

// The goroutine is saved. As soon as the record is in the list, the host may answer, and another
// call may use the record. The time may be up even before that.
static void
post(void *arg)
{
	HostCall *c = arg;

	if (c->ns != GO_FOREVER)
		rt_timerstart(&c->timer, rt_timerwhen(c->ns));
	rt_push(&posted, c, offsetof(HostCall, next));
	os_news();
}

// Posts the record for op, and waits for the answer. False: the time was up.
MAYSWITCH static bool
wait(HostCall *c, enum HostOp op)
{
	c->op = op;
	store_relaxed(&c->state, HostWaiting);
	store_relaxed(&c->place, HostQueued);
	if (c->counted) {
		add_seq(&sched.hostpending, 1);
		add_seq(&sched.answers, 1);
	}
	rt_park(post, c, c->counted ? WaitHostCall : WaitHostIdle);
	if (c->counted)
		add_seq(&sched.answers, (uint32_t)-1);
	if (c->ns != GO_FOREVER)
		rt_timerstop(&c->timer);
	return load_acq(&c->state) == HostAnswered;
}

// Has the host end its work for the record, and give the record back.
static void
forget(HostCall *c)
{
	if (swap_acqrel(&c->place, HostGone) == HostQueued)
		return; // the host sees that when it takes the record
	c->op = HostForget;
	store_relaxed(&c->place, HostQueued);
	rt_push(&posted, c, offsetof(HostCall, next));
	os_news();
}

// --- answers ---

static char *
answer_bytes(HostCall *c)
{
	return c->answer.len > HostRoom ? c->to : c->room;
}

// Fetches a long answer, which the host has kept. False: no memory.
MAYSWITCH static bool
fetch(HostCall *c)
{
	c->to = malloc(c->answer.len + 1);
	if (!c->to)
		return false;
	c->ns = GO_FOREVER;
	wait(c, HostFill);
	return true;
}

static const char *
next_text(const char *text, const char *end)
{
	text += strlen(text) + 1;
	return text < end ? text : "";
}

// name, message, code
static GoError *
host_error(HostCall *c)
{
	const char *name = answer_bytes(c), *end = name + c->answer.len;
	const char *message = next_text(name, end);

	return rt_host_error(name, message, next_text(message, end));
}

// Gives the caller the answer. The memory of a string or bytes becomes the caller's.
static GoError *
take_answer(HostCall *c, GoValue *result)
{
	GoValue v = c->answer;
	GoError *err = NULL;

	if (v.kind == (GoKind)HostError) {
		err = host_error(c);
	} else if (v.kind == GO_STRING || v.kind == GO_BYTES) {
		v.string = c->to ? c->to : result ? malloc(v.len + 1) : NULL;
		if (!v.string && result)
			return rt_host_error("RangeError", "no memory for the answer",
			                     "ERR_NO_MEMORY");
		if (v.string && !c->to)
			memcpy(v.string, c->room, v.len);
		if (v.string)
			v.string[v.len] = '\0';
		if (result)
			c->to = NULL;
	}
	free(c->to);
	if (result && !err)
		*result = v;
	return err;
}

// The first line of a goroutine's dump is one line, and commas separate its parts. So characters
// that would break this are replaced.
static void
set_detail(char *to, const char *text)
{
	size_t n = 0;

	for (; text[n] && n < DetailBytes - 1; n++) {
		bool structure = (unsigned char)text[n] < ' ' || text[n] == 0x7f ||
		                 (text[n] == ' ' && n > 0 && text[n - 1] == ',');

		to[n] = structure ? '_' : text[n];
	}
	if (text[n])
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--; // whole characters of UTF-8
	to[n] = '\0';
}

static GoError *
check(const char *name, const GoValue *args, size_t nargs, int64_t ns)
{
	char text[96];

	if (!name || !*name || strlen(name) > MaxName)
		return rt_host_error("TypeError", "the name of a host function has 1 to 255 bytes",
		                     "ERR_BAD_NAME");
	for (size_t i = 0; i < nargs; i++) {
		bool pointer = args[i].kind == GO_STRING || args[i].kind == GO_BYTES;

		if ((unsigned)args[i].kind > GO_BYTES)
			snprintf(text, sizeof text, "argument %u is of no kind", (unsigned)i + 1);
		else if (pointer && !args[i].bytes && args[i].len > 0)
			snprintf(text, sizeof text, "argument %u is %u bytes at NULL",
			         (unsigned)i + 1, (unsigned)args[i].len);
		else
			continue;
		return rt_host_error("TypeError", text, "ERR_BAD_ARGUMENT");
	}
	return ns > 0 ? NULL : rt_host_timeout(name, ns);
}

MAYSWITCH GoError *
rt_host_call(const char *name, const GoValue *args, size_t nargs, HostHow how, GoValue *result)
{
	GoError *err = check(name, args, nargs, how.ns);
	char detail[DetailBytes];
	HostCall *c;

	if (err)
		return err;
	c = obtain();
	c->name = name;
	c->args = args;
	c->nargs = (uint32_t)nargs;
	c->gp = rt_g();
	c->ns = how.ns;
	c->counted = !how.uncounted;
	c->to = NULL;
	c->timer = (Timer){.f = expire, .arg = c};
	set_detail(detail, how.detail ? how.detail : name);
	c->gp->detail = detail;
	if (!wait(c, how.own ? HostOwn : HostDo)) {
		forget(c);
		err = rt_host_timeout(name, how.ns);
	} else if (c->answer.len > HostRoom && c->answer.kind >= GO_STRING && !fetch(c)) {
		forget(c);
		err = rt_host_error("RangeError", "no memory for the answer", "ERR_NO_MEMORY");
	} else {
		err = take_answer(c, result);
		release(c);
	}
	rt_g()->detail = NULL;
	return err;
}

MAYSWITCH GoError *
go_host_call(const char *name, const GoValue *args, size_t nargs, int64_t timeout_ns,
             GoValue *result)
{
	return rt_host_call(name, args, nargs, (HostHow){.ns = timeout_ns}, result);
}
