// The switch over ucontext. A goroutine runs on a stack of this machine's own (the runtime's are
// too small for native code); saved frames do not exist, nsaved only tells started from new.
// Address and thread sanitizer are told of every switch.

#define _GNU_SOURCE
#include "ctx.h"

#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "../../runtime/base/os.h"
#include "../../runtime/base/self.h"
#include "../../runtime/base/throw.h"

#if defined(__SANITIZE_ADDRESS__)
#define ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif
#ifndef ASAN
#define ASAN 0
#endif
#ifndef TSAN
#define TSAN 0
#endif

#if ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define asan_leave(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define asan_arrive(fake, bottom, size) __sanitizer_finish_switch_fiber(fake, bottom, size)
#define asan_unpoison(p, n) __asan_unpoison_memory_region(p, n)
#else
#define asan_leave(save, bottom, size) ((void)(save))
#define asan_arrive(fake, bottom, size) ((void)(fake), (void)(bottom))
#define asan_unpoison(p, n) ((void)(p))
#endif
#if TSAN
#include <sanitizer/tsan_interface.h>
#define tsan_self() __tsan_get_current_fiber()
#define tsan_new() __tsan_create_fiber(0)
#define tsan_free(fiber) __tsan_destroy_fiber(fiber)
#define tsan_switch(fiber) __tsan_switch_to_fiber(fiber, 0)
#else
#define tsan_self() NULL
#define tsan_new() NULL
#define tsan_free(fiber) ((void)(fiber))
#define tsan_switch(fiber) ((void)(fiber))
#endif

enum { StackBytes = 256 << 10 };

// What is saved of a goroutine, or of an M's own stack.
struct Ctx {
	ucontext_t uc;
	void *stack;
	size_t bytes;
	void *fake;  // address sanitizer's
	void *fiber; // thread sanitizer's
	bool finished;
	jmp_buf *marks; // of go_protect, by depth
	uintptr_t nmarks;
	Ctx *next;
};

static AtomicU32 lock; // of the free list; not rt_lock, which counts
static Ctx *freelist;

// Keeps the address in gp->saved readable for the runtime's walker; 0 is no pc.
static uint32_t noframes;

static void
spin_lock(void)
{
	while (!cas_acqrel(&lock, 0, 1))
		os_pause(10);
}

static Ctx *
ctx_new(void)
{
	Ctx *c;

	spin_lock();
	c = freelist;
	if (c)
		freelist = c->next;
	store_rel(&lock, 0);
	if (!c) {
		c = calloc(1, sizeof *c);
		c->bytes = StackBytes;
		c->stack = mmap(NULL, c->bytes, PROT_READ | PROT_WRITE,
		                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (c->stack == MAP_FAILED)
			rt_throw("ctx: out of memory for a stack");
	}
	c->fiber = tsan_new();
	c->fake = NULL;
	return c;
}

G *
os_thread_holder(uint32_t reason, uintptr_t word)
{
	(void)reason;
	(void)word;
	return NULL;
}

size_t
os_ctx_room(void)
{
	return 0;
}

void
os_ctx_init(G *gp)
{
	gp->sp = gp->stack_hi;
}

void
os_ctx_free(G *gp)
{
	Ctx *c = gp->machine.ctx;

	gp->machine.ctx = NULL;
	if (!c)
		return;
	tsan_free(c->fiber);
	spin_lock();
	c->next = freelist;
	freelist = c;
	store_rel(&lock, 0);
}

void
os_ctx_minit(M *mp)
{
	Ctx *c = calloc(1, sizeof *c);

	c->fiber = tsan_self();
	mp->machine.ctx = c;
}

// --- switching ---

// to_m is looked up by the caller at the last moment: the goroutine may have changed its M.
static void
leave(Ctx *from, Ctx *to_m)
{
	asan_leave(from->finished ? NULL : &from->fake, to_m->stack, to_m->bytes);
	tsan_switch(to_m->fiber);
	swapcontext(&from->uc, &to_m->uc);
}

// First thing on a goroutine's stack after each switch to it; tells the bounds of the M's stack.
static void
arrive(Ctx *c)
{
	Ctx *m = rt_m()->machine.ctx;
	const void *bottom = m->stack;

	asan_arrive(c->fake, &bottom, &m->bytes);
	m->stack = (void *)(uintptr_t)bottom;
}

static void
entry(void)
{
	G *gp = rt_g();
	Ctx *c = gp->machine.ctx;

	arrive(c);
	gp->fn(gp->arg);
	c->finished = true;
	leave(c, rt_m()->machine.ctx);
}

static void
start(G *gp)
{
	Ctx *c = gp->machine.ctx ? gp->machine.ctx : ctx_new();

	gp->machine.ctx = c;
	c->finished = false;
	asan_unpoison(c->stack, c->bytes); // frames that go_exit left behind
	getcontext(&c->uc);
	c->uc.uc_stack.ss_sp = c->stack;
	c->uc.uc_stack.ss_size = c->bytes;
	c->uc.uc_link = NULL;
	makecontext(&c->uc, entry, 0);
}

// The stack from where it was left on, and the registers, which are in the Ctx.
size_t
os_roots_g(const G *gp, OsRange *r, size_t max)
{
	Ctx *c = gp->machine.ctx;

	(void)max;
	if (!c)
		return 0;
	r[0] = (OsRange){(uintptr_t)c->stack, (uintptr_t)c->stack + c->bytes};
#if defined(__x86_64__)
	r[0].lo = (uintptr_t)c->uc.uc_mcontext.gregs[REG_RSP];
#endif
	r[1] = (OsRange){(uintptr_t)c, (uintptr_t)(c + 1)};
	return 2;
}

// There all is on the stack that the goroutine has of its own.
OsRange
os_roots_m(const M *mp)
{
	(void)mp;
	return (OsRange){0, 0};
}

OsRange
os_rest(const G *gp)
{
	(void)gp;
	return (OsRange){0, 0};
}

bool
os_hidden(const M *mp, bool incall)
{
	(void)mp;
	(void)incall;
	return false;
}

void
os_keep(M *mp, G *gp)
{
	(void)mp;
	(void)gp;
}

NOINLINE void
os_run(M *mp, G *gp, bool *finished)
{
	Ctx *m = mp->machine.ctx;
	Ctx *c;

	if (gp->nsaved == 0)
		start(gp);
	c = gp->machine.ctx;
	gp->nsaved = 0;
	rt_set_g(gp);
	asan_leave(&m->fake, c->stack, c->bytes);
	tsan_switch(c->fiber);
	swapcontext(&m->uc, &c->uc);
	asan_arrive(m->fake, NULL, NULL);
	rt_set_g(mp->g0);
	*finished = c->finished;
	gp->saved = (uintptr_t)&noframes;
	gp->nsaved = *finished ? 0 : sizeof noframes;
}

NOINLINE MAYSWITCH void
os_mcall(void (*fn)(M *, G *))
{
	G *gp = rt_g();
	M *mp = rt_m();
	Ctx *c = gp->machine.ctx;

	mp->mcallfn = fn;
	leave(c, mp->machine.ctx);
	arrive(c);
}

// Stacks are large here.
void
os_systemstack(void (*fn)(void *), void *arg)
{
	fn(arg);
}

void
go_gosched(void)
{
	os_mcall(rt_gosched0);
}

AtomicU32 *
os_raised(void)
{
	static _Alignas(64) AtomicU32 raised[16];

	return raised;
}

// Natively nobody inserts polls; a program that loops for long may call this.
MAYSWITCH void
rt_safepoint(void)
{
	M *mp = rt_m();

	uint32_t why = load_seq(&mp->preempt);

	if (why && rt_g() != mp->g0 && mp->p && mp->locks == 0)
		os_mcall(why & PreemptStop ? rt_preempt0 : rt_sampled0);
}

bool
os_can_collect(void)
{
	M *mp = rt_m();

	return mp && rt_g() != mp->g0 && mp->p && mp->locks == 0;
}

// --- go_protect ---

jmp_buf *native_mark(Protect *p);

// Where the mark of p is kept: by its depth, so that nothing has to be given back.
jmp_buf *
native_mark(Protect *p)
{
	Ctx *c = rt_g()->machine.ctx;

	p->mach[0] = !p->prev ? 0 : p->prev->mach[0] + 1;
	if (p->mach[0] >= c->nmarks) {
		c->nmarks = c->nmarks * 2 + 4;
		c->marks = realloc(c->marks, c->nmarks * sizeof *c->marks);
		if (!c->marks)
			rt_throw("ctx: out of memory for marks");
	}
	return &c->marks[p->mach[0]];
}

// rt_protect_mark returns to go_protect, so a setjmp in a C function of that name would mark a
// frame that is gone. This one ends in setjmp as if go_protect had called it.
#if defined(__x86_64__)
__asm__(".text\n"
        ".globl rt_protect_mark\n"
        ".type rt_protect_mark, @function\n"
        "rt_protect_mark:\n"
        "	subq $8, %rsp\n"
        "	call native_mark@PLT\n"
        "	addq $8, %rsp\n"
        "	movq %rax, %rdi\n"
        "	jmp _setjmp@PLT\n"
        ".size rt_protect_mark, . - rt_protect_mark\n");
#elif defined(__aarch64__)
__asm__(".text\n"
        ".globl rt_protect_mark\n"
        ".type rt_protect_mark, %function\n"
        "rt_protect_mark:\n"
        "	stp x29, x30, [sp, #-16]!\n"
        "	bl native_mark\n"
        "	ldp x29, x30, [sp], #16\n"
        "	b _setjmp\n"
        ".size rt_protect_mark, . - rt_protect_mark\n");
#else
#error "rt_protect_mark is missing for this processor"
#endif

void
rt_protect_jump(Leaving *l)
{
	G *gp = rt_g();

	(void)l;
	if (gp->protect)
		longjmp(gp->machine.ctx->marks[gp->protect->mach[0]], 1);
}
