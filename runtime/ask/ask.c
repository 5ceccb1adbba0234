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

// The host's thread may not use malloc here. A worker that dies inside malloc leaves its lock held;
// the host would spin on that lock and never hear of the death. So the records are static, and an
// answer that was read goes back to the service goroutine, which frees it.
static Request requests[MaxRequests];
static AtomicPtr pending; // newest first
static AtomicPtr garbage; // answers that were read; the first word of each is the link
static Server service;    // wanted: one of these lists is not empty

// How a kind is answered. apart: on a goroutine of its own. It may take long, and the other
// requests must not wait for it.
typedef struct Kind Kind;
struct Kind {
	void (*answer)(Request *r);
	bool apart;
};

static const Kind kinds[AskKinds] = {
	[AskStack] = {rt_answer_stack, false},
	[AskDump] = {rt_answer_dump, false},
	[AskGoroutineProfile] = {rt_answer_goroutineprofile, false},
	[AskThreadProfile] = {rt_answer_threadprofile, false},
	[AskMaxProcs] = {rt_answer_maxprocs, false},
	[AskMemStats] = {rt_answer_memstats, false},
	[AskGc] = {rt_answer_gc, true}, // put off while a callback from JavaScript waits
	[AskHeapProfile] = {rt_answer_heapprofile, false},
	[AskCpuStart] = {rt_answer_cpustart, false},
	[AskCpuStop] = {rt_answer_cpustop, false},
	[AskBlockProfile] = {rt_answer_blockprofile, false},
	[AskMutexProfile] = {rt_answer_mutexprofile, false},
	[AskBlockRate] = {rt_answer_blockrate, false},
	[AskMutexFraction] = {rt_answer_mutexfraction, false},
	[AskUserProfile] = {rt_answer_userprofile, false},
	[AskLeaks] = {rt_answer_leaks, true},
	[AskWaits] = {rt_answer_waits, true},
};

static Request *
claim(void)
{
	for (Request *r = requests; r < requests + MaxRequests; r++)
		if (!load_relaxed(&r->taken) && cas_acqrel(&r->taken, 0, 1))
			return r;
	return NULL;
}

// The service goroutine has something to do. Sysmon wakes it, because this thread is no M.
static void
tell(void)
{
	store_seq(&service.wanted, 1);
	rt_sysmon_wake();
}

// NULL: there is no room, because too many requests are open.
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

	if (r->kind < AskKinds && kinds[r->kind].answer)
		kinds[r->kind].answer(r);
	store_rel(&r->state, r->answer ? AskDone : AskFailed);
	add_seq(&sched.hostpending, (uint32_t)-1);
	os_news();
}

MAYSWITCH static void
serve_one(Request *r)
{
	static const Site site = {"", "", 0};

	if (r->kind < AskKinds && kinds[r->kind].apart)
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
		sweep(); // before new answers are made: answers may be large
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
