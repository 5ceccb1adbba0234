#include "ask.h"

#include <stdlib.h>

#include "../base/hooks.h"
#include "../base/os.h"
#include "../base/pushlist.h"
#include "../mem/malloc.h"
#include "../sched/server.h"
#include "../worldsema.h"

// Requests, and the service goroutine that answers them.

enum { MaxRequests = 256 };

// The host's thread may not touch malloc here: a worker that ends inside it leaves its lock held,
// and the host would spin on that instead of hearing of the death. So the records are static, and
// an answer that was read goes back to the service goroutine, which frees it.
static Request requests[MaxRequests];
static AtomicPtr pending; // newest first
static AtomicPtr garbage; // answers that were read; the first word of each is the link
static Server service;    // wanted: there is something in one of these

// Is a kind answered on a goroutine of its own? Its answer may take long, and other requests must
// not wait for it. (A callback from JavaScript that waits delays AskGc.)
static bool
apart(uint32_t kind)
{
	return kind == AskGc || kind == AskLeaks || kind == AskWaits;
}

// The calls are direct. With a table of functions, the link step would take every function that
// calls through a pointer of their type for one that may be suspended: the marker, for instance.
MAYSWITCH static Answer
answer_to(uint32_t kind, uint32_t arg)
{
	switch (kind) {
	case AskStack:
		return rt_answer_stack(arg);
	case AskDump:
		return rt_answer_dump(arg);
	case AskGoroutineProfile:
		return rt_answer_goroutineprofile(arg);
	case AskThreadProfile:
		return rt_answer_threadprofile(arg);
	case AskMaxProcs:
		return rt_answer_maxprocs(arg);
	case AskMemStats:
		return rt_answer_memstats(arg);
	case AskGc:
		return rt_answer_gc(arg);
	case AskHeapProfile:
		return rt_answer_heapprofile(arg);
	case AskCpuStart:
		return rt_answer_cpustart(arg);
	case AskCpuStop:
		return rt_answer_cpustop(arg);
	case AskBlockProfile:
		return rt_answer_blockprofile(arg);
	case AskMutexProfile:
		return rt_answer_mutexprofile(arg);
	case AskBlockRate:
		return rt_answer_blockrate(arg);
	case AskMutexFraction:
		return rt_answer_mutexfraction(arg);
	case AskUserProfile:
		return rt_answer_userprofile(arg);
	case AskLeaks:
		return rt_answer_leaks(arg);
	case AskWaits:
		return rt_answer_waits(arg);
	}
	return (Answer){NULL, 0};
}

static Request *
claim(void)
{
	for (Request *r = requests; r < requests + MaxRequests; r++)
		if (!load_relaxed(&r->taken) && cas_acqrel(&r->taken, 0, 1))
			return r;
	return NULL;
}

// The service goroutine has something to do. This thread is no M, so sysmon wakes it.
static void
tell(void)
{
	store_seq(&service.wanted, 1);
	rt_sysmon_wake();
}

// NULL: so many requests are open that there is no room.
EXPORT(rt_host_request)
Request *
rt_host_request(uint32_t kind, uint32_t arg)
{
	Request *r = claim();

	if (!r)
		return NULL;
	r->kind = kind;
	r->arg = arg;
	store_relaxed(&r->state, AskPending);
	r->answer = NULL;
	r->bytes = 0;
	add_seq(&sched.hostpending, 1);
	rt_push(&pending, r, offsetof(Request, next));
	tell();
	return r;
}

// The host has copied the answer.
EXPORT(rt_host_request_free)
void
rt_host_request_free(Request *r)
{
	void *answer = r->answer;

	store_rel(&r->taken, 0);
	if (!answer)
		return;
	rt_push(&garbage, answer, 0);
	tell();
}

static void
sweep(void)
{
	void *p = rt_take(&garbage), *next;

	for (; p; p = next) {
		next = *(void **)p;
		rt_free(p);
	}
}

MAYSWITCH static void
answer(void *arg)
{
	Request *r = arg;
	Answer a = answer_to(r->kind, r->arg);

	r->answer = a.p;
	r->bytes = a.bytes;
	store_rel(&r->state, a.p ? AskDone : AskFailed);
	add_seq(&sched.hostpending, (uint32_t)-1);
	os_news();
}

MAYSWITCH static void
serve_one(Request *r)
{
	static const Site site = {"", "", 0};

	if (apart(r->kind))
		rt_newproc(answer, r, 0, &site, true);
	else
		answer(r);
}

MAYSWITCH static void
serve(void *arg)
{
	(void)arg;
	for (;;) {
		Request *first, *r;

		store_seq(&service.wanted, 0);
		first = rt_take_in_order(&pending, offsetof(Request, next));
		sweep(); // answers may be large: before there are more
		while ((r = first) != NULL) {
			first = r->next;
			serve_one(r);
		}
		rt_server_wait(&service, WaitHostIdle);
	}
}

// On sysmon: wakes the service goroutine when there is something for it.
static void
look(void)
{
	rt_server_wake(&service);
}

void
rt_ask_init(void)
{
	static const Site site = {"", "", 0};

	rt_hooks.on_sysmon = look;
	rt_newproc(serve, NULL, 32 << 10, &site, true);
}
