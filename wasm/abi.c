#include <stdlib.h>
#include <string.h>

#include "../runtime/base/debug.h"
#include "../runtime/base/hooks.h"
#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/pushlist.h"
#include "../runtime/base/throw.h"
#include "../runtime/boot.h"
#include "../runtime/mem/malloc.h"
#include "../runtime/prof/dump.h"
#include "../runtime/prof/traceback.h"
#include "../runtime/prof/userprof.h"
#include "../runtime/sched/server.h"
#include "../runtime/sched/world.h"
#include "../runtime/ask/delays.h"
#include "box.h"
#include "clock.h"
#include "../runtime/ask/cpu.h"
#include "ctx.h"
#include "main.h"
#include "../runtime/ask/memory.h"
#include "uncaught.h"

// The functions that the host may call, on its own thread: none of them waits for a worker. What
// needs the world is a request: it goes into a list, sysmon readies the service goroutine, which
// does the work as any goroutine would and answers through the mailbox.

// --- boot ---

EXPORT(rt_host_alloc)
void *
rt_host_alloc(size_t n)
{
	return rt_malloc_noscan(n); // texts and numbers: none leads to a block
}

EXPORT(rt_host_free)
void
rt_host_free(void *p)
{
	free(p);
}

// Copies the tables: they are no root for the collector, which would read them in each cycle.
EXPORT(rt_host_symtab)
int
rt_host_symtab(const void *p, size_t n)
{
	void *tables = os_alloc(n);
	int err = tables ? rt_symtab_load(memcpy(tables, p, n), n) : -5;

	if (err == 0)
		os_ctx_protect_pc(rt_symtab_protectpc());
	return err;
}

EXPORT(rt_host_setenv)
void
rt_host_setenv(char *pair)
{
	char *eq = strchr(pair, '=');

	if (!eq)
		return;
	*eq = '\0';
	setenv(pair, eq + 1, 1);
	*eq = '=';
}

EXPORT(rt_host_box)
HostBox *
rt_host_box(void)
{
	return &os_box;
}

// Who waited for whom when all were asleep: where the words are, and how many.
EXPORT(rt_host_last_waits)
const Dump *
rt_host_last_waits(void)
{
	return &rt_dump_last;
}

EXPORT(rt_host_reason)
const char *
rt_host_reason(uint32_t i)
{
	return rt_reason_text(i);
}

// Indices of globals and an address, for the link step: it reads these functions' bodies.
EXPORT(rt_link_self_m)
M *
rt_link_self_m(void)
{
	return rt_m();
}

EXPORT(rt_link_stack_lo)
uintptr_t
rt_link_stack_lo(void)
{
	uintptr_t lo;

	__asm__ volatile("global.get rt_stack_lo\n local.set %0" : "=r"(lo));
	return lo;
}

// In the module that runs it may return another address: see link/lowmem.js. So it is called from another
// file, where the compiler does not know what it returns.
EXPORT(rt_link_raised)
AtomicU32 *
rt_link_raised(void)
{
	static _Alignas(64) AtomicU32 raised[16];

	return raised;
}

void rt_js_refuse(const char *name); // throws a JavaScript error

// The page's thread called an exported function that may wait: see link/exported.js.
EXPORT(rt_export_refused)
void
rt_export_refused(uint32_t func)
{
	rt_js_refuse(rt_symtab_name(func));
}

EXPORT(rt_link_pinned)
uint32_t
rt_link_pinned(void)
{
	return os_pinned();
}

// --- requests ---

enum {
	ReqStack = 1,
	ReqDump,
	ReqGoroutineProfile,
	ReqThreadProfile,
	ReqMaxProcs,
	ReqMemStats,
	ReqGC,
	ReqHeapProfile,
	ReqCpuStart,
	ReqCpuStop,
	ReqBlockProfile,
	ReqMutexProfile,
	ReqBlockRate,
	ReqMutexFraction,
	ReqUserProfile,
	ReqLeaks,
	ReqWaits,
};
enum { ReqPending, ReqDone, ReqFailed };
enum { ProfileMagic = 0x464f5250, ProfileVersion = 1, ProfileHeaderWords = 4 };

enum { MaxReqs = 256 };

typedef struct Req Req;
struct Req {
	uint32_t kind, arg;
	AtomicU32 state;
	void *result; // malloc'd by the service goroutine
	size_t n;
	Req *next;
	AtomicU32 taken; // by the host, until it has read the answer
};

// The host's thread may not touch malloc here: a worker that ends inside it leaves its lock held,
// and the host would spin on that instead of hearing of the death. So the slots are static, and
// an answer that was read goes back to the service goroutine, which frees it.
static Req reqs[MaxReqs];
static AtomicPtr pending; // newest first
static AtomicPtr garbage; // answers that were read; the first word of each is the link
static Server service;    // wanted: there is something in one of these

static Req *
claim(void)
{
	for (Req *r = reqs; r < reqs + MaxReqs; r++)
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

// NULL: so many requests are open that there is no slot.
EXPORT(rt_host_request)
Req *
rt_host_request(uint32_t kind, uint32_t arg)
{
	Req *r = claim();

	if (!r)
		return NULL;
	r->kind = kind;
	r->arg = arg;
	store_relaxed(&r->state, ReqPending);
	r->result = NULL;
	r->n = 0;
	add_seq(&sched.hostpending, 1);
	rt_push(&pending, r, offsetof(Req, next));
	tell();
	return r;
}

// The host has copied the answer.
EXPORT(rt_host_request_free)
void
rt_host_request_free(Req *r)
{
	void *result = r->result;

	store_rel(&r->taken, 0);
	if (!result)
		return;
	rt_push(&garbage, result, 0);
	tell();
}

static void
sweep(void)
{
	void *p = rt_take(&garbage), *next;

	for (; p; p = next) {
		next = *(void **)p;
		free(p);
	}
}

// Text of any length: print again into a bigger buffer until it fits.
static void
answer_stack(Req *r)
{
	Dump d = rt_dump_collect(NULL, 0, rt_gotraceback(NULL) > 1);
	G *gp = rt_g();

	for (size_t size = 64 << 10; d.words; size *= 2) {
		char *buf = rt_malloc_noscan(size);

		if (!buf)
			break;
		gp->writer.buf = buf;
		gp->writer.room = size;
		rt_dump_print(&d, rt_gotraceback(NULL));
		r->n = size - gp->writer.room;
		gp->writer.buf = NULL;
		if (r->n < size) {
			r->result = buf;
			break;
		}
		free(buf);
	}
	rt_dump_free(&d);
}

static void
answer_dump(Req *r)
{
	Dump d = rt_dump_collect(NULL, 0, rt_gotraceback(NULL) > 1);

	r->result = d.words;
	r->n = d.n * sizeof(uint32_t);
}

static uint32_t *
profile_header(uint32_t *w, uint32_t nrecords)
{
	w[0] = ProfileMagic;
	w[1] = ProfileVersion;
	w[2] = nrecords;
	w[3] = 0;
	return w + ProfileHeaderWords;
}

static void
answer_goroutine_profile(Req *r)
{
	Dump d = rt_dump_collect(NULL, 0, false);
	uint32_t *out = d.words ? rt_malloc_noscan((d.n + ProfileHeaderWords) * sizeof *out) : NULL,
		 *to = out;
	const uint32_t *from;

	if (out) {
		to = profile_header(out, d.words[2]);
		out[3] = 1; // there are labels
		from = d.words + DumpHeaderWords;
		for (uint32_t i = 0; i < d.words[2]; i++) {
			uint32_t n = from[12], keep = n < MaxStackRecord ? n : MaxStackRecord;

			*to++ = keep;
			*to++ = from[11];
			memcpy(to, from + DumpGWords, keep * sizeof *to);
			to += keep;
			from = rt_dump_next(from);
		}
	}
	r->result = out;
	r->n = out ? (size_t)(to - out) * sizeof *out : 0;
	rt_dump_free(&d);
}

static void
answer_thread_profile(Req *r)
{
	uint32_t count = 0, *out, *to;
	M *first = (M *)loadp_acq(&sched.allm);

	for (M *mp = first; mp; mp = mp->alllink)
		count++;
	out = rt_malloc_noscan((ProfileHeaderWords + (size_t)count * (1 + MaxStackRecord)) *
	                       sizeof *out);
	if (!out)
		return;
	to = profile_header(out, count);
	for (M *mp = first; mp; mp = mp->alllink) {
		*to++ = mp->ncreate;
		memcpy(to, mp->createstack, mp->ncreate * sizeof *to);
		to += mp->ncreate;
	}
	r->result = out;
	r->n = (size_t)(to - out) * sizeof *out;
}

// Room is made without the lock, and may then be too little.
static void
answer_user_profile(Req *r)
{
	GoProfile *p = rt_userprof(r->arg);
	uint32_t *out = NULL, n;
	size_t all = 0, room = 0;

	do {
		free(out);
		room = all + all / 8;
		out = rt_malloc_noscan((ProfileHeaderWords + room) * sizeof *out);
		if (!p || !out)
			break;
		all = rt_userprof_words(p, out + ProfileHeaderWords, room, &n);
	} while (all > room);
	if (p && out)
		profile_header(out, n);
	r->result = out;
	r->n = (ProfileHeaderWords + all) * sizeof *out;
}

// Its name, where it is; NULL: there are not so many.
EXPORT(rt_host_profile_name)
const char *
rt_host_profile_name(uint32_t i)
{
	const GoProfile *p = rt_userprof(i);

	return p ? rt_userprof_name(p) : NULL;
}

static void
answer_word(Req *r, uint32_t word)
{
	uint32_t *answer = malloc(sizeof *answer);

	if (!answer)
		return;
	*answer = word;
	r->result = answer;
	r->n = sizeof *answer;
}

static void
done(Req *r)
{
	store_rel(&r->state, r->result ? ReqDone : ReqFailed);
	add_seq(&sched.hostpending, (uint32_t)-1);
	os_news();
}

// A collection may be put off for as long as a callback from JavaScript waits: others do not wait for it.
static void
collect(void *arg)
{
	Req *r = arg;

	go_gc();
	answer_word(r, 0);
	done(r);
}

// It may take a second: others do not wait for it.
static void
look_for(void *arg)
{
	Req *r = arg;
	Dump d;

	if (r->kind == ReqLeaks)
		rt_dump_leaked(&d);
	else
		rt_dump_waits(&d);
	r->result = d.words;
	r->n = d.n * sizeof(uint32_t);
	done(r);
}

static void
answer(Req *r)
{
	static const Site site = {"", "", 0};

	switch (r->kind) {
	case ReqStack:
		answer_stack(r);
		break;
	case ReqDump:
		answer_dump(r);
		break;
	case ReqGoroutineProfile:
		answer_goroutine_profile(r);
		break;
	case ReqThreadProfile:
		answer_thread_profile(r);
		break;
	case ReqMaxProcs:
		answer_word(r, (uint32_t)go_max_procs((int)r->arg));
		break;
	case ReqMemStats:
		r->result = rt_answer_memstats(&r->n);
		break;
	case ReqHeapProfile:
		r->result = rt_answer_heapprofile(&r->n);
		break;
	case ReqCpuStart:
		answer_word(r, rt_answer_cpustart(r->arg));
		break;
	case ReqCpuStop:
		r->result = rt_answer_cpustop(&r->n);
		break;
	case ReqBlockProfile:
		r->result = rt_answer_blockprofile(&r->n);
		break;
	case ReqMutexProfile:
		r->result = rt_answer_mutexprofile(&r->n);
		break;
	case ReqBlockRate:
		answer_word(r, rt_answer_blockrate(r->arg));
		break;
	case ReqMutexFraction:
		answer_word(r, rt_answer_mutexfraction(r->arg));
		break;
	case ReqUserProfile:
		answer_user_profile(r);
		break;
	case ReqLeaks:
	case ReqWaits:
		rt_newproc(look_for, r, 0, &site, true);
		return;
	case ReqGC:
		rt_newproc(collect, r, 0, &site, true);
		return;
	default:
		break;
	}
	done(r);
}

static void
serve(void *arg)
{
	(void)arg;
	for (;;) {
		Req *first, *r;

		store_seq(&service.wanted, 0);
		first = rt_take_in_order(&pending, offsetof(Req, next));
		sweep(); // answers may be large: before there are more
		while ((r = first) != NULL) {
			first = r->next;
			answer(r);
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

EXPORT(rt_host_boot)
int
rt_host_boot(int argc, char **argv)
{
	static const Site site = {"", "", 0};

	os_clock_start();
	os_setargs(argc, argv);
	rt_hooks.on_sysmon = look;
	rt_boot();
	rt_newproc(serve, NULL, 32 << 10, &site, true);
	rt_start();
	return 0;
}

// --- counters, read while the world runs: a glance ---

enum { CountWords = 11, CountPWords = 5 };

// What runs is on an M, and what is to run in a queue, so the rest waits: nothing is counted at a
// switch for this, and a million goroutines need not be looked at.
static void
count_states(uint32_t *w)
{
	uint32_t all = (uint32_t)rt_gcount(), seen;

	for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink) {
		G *gp = mp->curg;
		uint32_t s = gp && !gp->system ? load_relaxed(&gp->status) : Gdead;

		if (s == Grunning || s == Gsyscall)
			w[2 + s]++;
	}
	w[2 + Grunnable] = load_relaxed(&sched.runqsize);
	for (int32_t i = 0; i < gomaxprocs; i++)
		w[2 + Grunnable] += rt_runqlen(allp[i]);
	seen = w[2 + Grunnable] + w[2 + Grunning] + w[2 + Gsyscall];
	w[1] = all;
	w[2 + Gwaiting] = seen < all ? all - seen : 0;
}

EXPORT(rt_host_counts)
uint32_t
rt_host_counts(uint32_t *w, uint32_t max)
{
	uint32_t at = CountWords;

	if (max < CountWords)
		return 0;
	memset(w, 0, CountWords * sizeof *w);
	w[0] = 1;
	count_states(w);
	w[7] = (uint32_t)gomaxprocs;
	w[8] = (uint32_t)sched.mcount;
	w[10] = (uint32_t)load64_acq(&sched.nstw);
	for (int32_t i = 0; i < gomaxprocs && at + CountPWords <= max; i++, at += CountPWords) {
		P *pp = allp[i];
		M *mp = pp->m;
		G *gp = mp ? mp->curg : NULL;

		w[at] = load_relaxed(&pp->status);
		w[at + 1] = rt_runqlen(pp);
		w[at + 2] = load_relaxed(&pp->schedtick);
		w[at + 3] = gp ? (uint32_t)gp->id : 0;
		w[at + 4] = gp ? (uint32_t)(gp->id >> 32) : 0;
		w[9] += load_relaxed(&pp->npreempt);
	}
	return at;
}

// --- bad ends ---

// Room for what rt_host_trap gets: 200 pairs, then 511 bytes of text and a NUL. A second worker
// that traps meanwhile waits here for the end.
EXPORT(rt_host_traproom)
uint32_t *
rt_host_traproom(void)
{
	static uint32_t room[400 + 512 / 4];
	static AtomicU32 taken;

	while (!cas_acqrel(&taken, 0, 1))
		os_futexsleep(&taken, 1, -1);
	return room;
}

// A worker trapped: the text, and its engine stack as pairs (function, offset). Frames of the
// goroutine that ran are on no stack any more but this one.
EXPORT(rt_host_trap)
void
rt_host_trap(uint32_t *pairs, uint32_t npairs, const char *text, uint32_t n)
{
	os_trapped(pairs, npairs);
	(void)n;
	rt_fatal(FatalTrap, text);
}

// The link step puts a comparison behind every instruction that lowers the stack pointer; this is
// where it leads. Runs on the M's own stack: the goroutine's has no room left.
static NORETURN void
overflow(uint32_t func)
{
	M *mp = rt_m();
	G *gp = mp->curg;

	rt_printf("runtime: goroutine %U stack exceeds %u-byte limit in %s\n", gp->id,
	          gp->stack_bytes, rt_symtab_name(func));
	rt_prints("runtime: start it with go_with_stack(fn, arg, bytes) to give it a larger one\n");
	rt_fatal(FatalStack, "stack overflow");
}

EXPORT(rt_stack_overflow)
NOINLINE void
rt_stack_overflow(uint32_t func)
{
	os_setsp(rt_m()->g0->sp - 1024);
	os_set_stack_lo(0);
	overflow(func);
}
