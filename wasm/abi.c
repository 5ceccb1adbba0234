#include <stdlib.h>
#include <string.h>

#include "../runtime/base/debug.h"
#include "../runtime/base/hooks.h"
#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/throw.h"
#include "../runtime/boot.h"
#include "../runtime/prof/dump.h"
#include "../runtime/prof/traceback.h"
#include "../runtime/sched/proc.h"
#include "../runtime/sched/world.h"
#include "box.h"
#include "ctx.h"
#include "main.h"

// The functions that the host may call, on its own thread: none of them waits for a worker. What
// needs the world is a request: it goes into a list, sysmon readies the service goroutine, which
// does the work as any goroutine would and answers through the mailbox.

// --- boot ---

EXPORT(rt_host_alloc)
void *
rt_host_alloc(size_t n)
{
	return malloc(n);
}

EXPORT(rt_host_free)
void
rt_host_free(void *p)
{
	free(p);
}

EXPORT(rt_host_symtab)
int
rt_host_symtab(void *p, size_t n)
{
	int err = rt_symtab_load(p, n);

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

EXPORT(rt_host_reason)
const char *
rt_host_reason(uint32_t i)
{
	return rt_reason_text(i);
}

// The indices of two globals, for the link step: it reads these functions' bodies.
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

EXPORT(rt_link_pinned)
uint32_t
rt_link_pinned(void)
{
	return os_pinned();
}

// --- requests ---

enum { ReqStack = 1, ReqDump, ReqGoroutineProfile, ReqThreadProfile, ReqMaxProcs };
enum { ReqPending, ReqDone, ReqFailed };
enum { ProfileMagic = 0x464f5250, ProfileVersion = 1, ProfileHeaderWords = 4 };

typedef struct Req Req;
struct Req {
	uint32_t kind, arg;
	AtomicU32 state;
	void *result;
	size_t n;
	Req *next;
};

static AtomicPtr pending; // newest first
static G *service;
static AtomicU32 asleep; // the service goroutine is parked and nobody has readied it yet

EXPORT(rt_host_request)
Req *
rt_host_request(uint32_t kind, uint32_t arg)
{
	Req *r = calloc(1, sizeof *r);
	uintptr_t head;

	if (!r)
		return NULL;
	r->kind = kind;
	r->arg = arg;
	add_seq(&sched.hostpending, 1);
	do {
		head = loadp_acq(&pending);
		r->next = (Req *)head;
	} while (!casp_acqrel(&pending, head, (uintptr_t)r));
	rt_sysmon_wake();
	return r;
}

EXPORT(rt_host_request_free)
void
rt_host_request_free(Req *r)
{
	free(r->result);
	free(r);
}

// Text of any length: print again into a bigger buffer until it fits.
static void
answer_stack(Req *r)
{
	Dump d = rt_dump_collect(NULL, 0, rt_gotraceback(NULL) > 1);
	G *gp = rt_g();

	for (size_t size = 64 << 10; d.words; size *= 2) {
		char *buf = malloc(size);

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
	uint32_t *out = d.words ? malloc((d.n + ProfileHeaderWords) * sizeof *out) : NULL,
		 *to = out, *from;

	if (out) {
		to = profile_header(out, d.words[2]);
		from = d.words + DumpHeaderWords;
		for (uint32_t i = 0; i < d.words[2]; i++) {
			uint32_t n = from[12], keep = n < MaxStackRecord ? n : MaxStackRecord;

			*to++ = keep;
			memcpy(to, from + DumpGWords, keep * sizeof *to);
			to += keep;
			from += DumpGWords + n;
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
	out = malloc((ProfileHeaderWords + (size_t)count * (1 + MaxStackRecord)) * sizeof *out);
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

static void
answer_maxprocs(Req *r)
{
	uint32_t *old = malloc(sizeof *old);

	if (!old)
		return;
	*old = (uint32_t)go_max_procs((int)r->arg);
	r->result = old;
	r->n = sizeof *old;
}

static void
answer(Req *r)
{
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
		answer_maxprocs(r);
		break;
	default:
		break;
	}
	store_rel(&r->state, r->result ? ReqDone : ReqFailed);
	add_seq(&sched.hostpending, (uint32_t)-1);
	os_box_news();
}

// Asleep, as far as sysmon may see: only once the goroutine is saved.
static void
sleeping(void *arg)
{
	(void)arg;
	store_seq(&asleep, 1);
	// One that came since we looked: sysmon saw us awake and may sleep for long.
	if (loadp_acq(&pending))
		rt_sysmon_wake();
}

static void
serve(void *arg)
{
	(void)arg;
	for (;;) {
		Req *list = (Req *)atomic_exchange(&pending, 0), *r, *first = NULL;

		while ((r = list) != NULL) { // oldest first
			list = r->next;
			r->next = first;
			first = r;
		}
		while ((r = first) != NULL) {
			first = r->next;
			answer(r);
		}
		if (!loadp_acq(&pending))
			rt_park(sleeping, NULL, WaitHostIdle);
	}
}

// On sysmon: wakes the service goroutine when there is something for it.
static void
look(void)
{
	if (loadp_acq(&pending) && cas_acqrel(&asleep, 1, 0))
		rt_ready(service);
}

EXPORT(rt_host_boot)
int
rt_host_boot(int argc, char **argv)
{
	static const Site site = {"", "", 0};

	os_setargs(argc, argv);
	rt_hooks.on_sysmon = look;
	rt_boot();
	service = rt_newproc(serve, NULL, 32 << 10, &site, true);
	rt_start();
	return 0;
}

// --- counters, read while the world runs: a glance ---

EXPORT(rt_host_counts)
uint32_t
rt_host_counts(uint32_t *w, uint32_t max)
{
	enum { Fixed = 11, PerP = 4 };
	uint32_t n = load_acq(&allglen), at = Fixed;

	if (max < Fixed)
		return 0;
	memset(w, 0, Fixed * sizeof *w);
	w[0] = 1;
	w[1] = (uint32_t)rt_gcount();
	for (uint32_t i = 0; i < n; i++) {
		G *gp = allg_at(i);
		uint32_t s = load_relaxed(&gp->status);

		if (!gp->system && s <= Gwaiting)
			w[2 + s]++;
	}
	w[7] = (uint32_t)gomaxprocs;
	w[8] = (uint32_t)sched.mcount;
	w[10] = (uint32_t)load64_acq(&sched.nstw);
	for (int32_t i = 0; i < gomaxprocs && at + PerP <= max; i++, at += PerP) {
		P *pp = allp[i];
		M *mp = pp->m;
		G *gp = mp ? mp->curg : NULL;

		w[at] = load_relaxed(&pp->status);
		w[at + 1] = rt_runqlen(pp);
		w[at + 2] = load_relaxed(&pp->schedtick);
		w[at + 3] = gp ? (uint32_t)gp->id : 0;
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
	M *mp = rt_m();

	if (mp) {
		os_setsp(mp->g0->sp);
		os_set_stack_lo(0);
		rt_set_g(mp->g0);
	}
	for (uint32_t i = 0; i < npairs; i++)
		pairs[i] = PC_LOC | rt_symtab_offset(pairs[2 * i + 1]);
	rt_dump_trap(pairs, npairs);
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
