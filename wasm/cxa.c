#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/base/os.h"
#include "../runtime/base/print.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/prof/symtab.h"
#include "../runtime/sync/panic.h"
#include "uncaught.h"

// C++ exceptions and longjmp: what compiled code calls (Itanium C++ ABI, as LLVM lowers it for
// Emscripten). Emscripten has these functions in JavaScript, with the state in variables of the
// worker. Here the state belongs to the goroutine, and a throw unwinds as any switch does: see
// rt_protect_jump in ctx.c.
//
//	Exception	heads the thrown object; counted, as exception_ptr may share it
//	Throw		one way of the object, from a throw to the end of the catch block.
//			__cxa_throw uses the one in the Exception; rethrow_exception makes one of
//			its own
//
// Compiled code gets the Throw from __cxa_find_matching_catch, and hands it back; it does not look
// into it.
//
// A panic and go_exit are foreign exceptions here: cleanups and `catch (...)` see them. When a
// `catch (...)` block ends they go on, as if it had rethrown: only go_protect ends a panic.

// What is WEAK here, some versions of Emscripten have in their own library.

typedef struct Throw Throw;
typedef struct Exception Exception;

struct Throw {
	Throw *link;      // next older in the list of what is caught
	Exception *of;    // NULL: a panic or go_exit
	void *adjusted;   // what the catch block gets: the object, or a base of it, or the pointer
	int32_t handlers; // catch blocks that have it; negative once it is thrown again
	Cut cut;
};

struct Exception {
	AtomicU32 refs;
	const TypeInfo *type;
	void *(*destructor)(void *);
	Throw first;
	_Alignas(16) char object[];
};

// Of the goroutine: thread-locals are its own (ctx.c).
static _Thread_local struct {
	Throw *caught;     // newest first
	Throw *landed;     // has landed, and neither a catch block has it yet, nor is it on its way
	uint32_t uncaught; // std::uncaught_exceptions
	uint32_t tempret;  // second result of the function that was called last
	uint32_t setjmps;  // so many
} cxa;

void *__cxa_begin_catch(Throw *t);

// libc++abi's. Adjusts *object if the types match.
WEAK int __cxa_can_catch(const TypeInfo *caught, const TypeInfo *thrown, void **object);

// Absent if the program throws no pointer.
extern const char _ZTVN10__cxxabiv119__pointer_type_infoE[] __attribute__((weak));

static bool
is_pointer(const TypeInfo *type)
{
	return type->vtable == _ZTVN10__cxxabiv119__pointer_type_infoE + VtableHead;
}

static Exception *
head_of(void *object)
{
	return (Exception *)((char *)object - offsetof(Exception, object));
}

static void *
allocate(size_t bytes)
{
	return rt_must(malloc(bytes), "cxa: out of memory for an exception");
}

// --- objects ---

void *
__cxa_allocate_exception(size_t bytes)
{
	Exception *e = allocate(sizeof *e + bytes);

	e->refs = 0;
	return e->object;
}

void
__cxa_free_exception(void *object)
{
	free(head_of(object));
}

void *
__cxa_init_primary_exception(void *object, const TypeInfo *type, void *(*destructor)(void *))
{
	Exception *e = head_of(object);

	e->type = type;
	e->destructor = destructor;
	return e;
}

void
__cxa_increment_exception_refcount(void *object)
{
	if (object)
		add_seq(&head_of(object)->refs, 1);
}

// The destructor may wait.
MAYSWITCH void
__cxa_decrement_exception_refcount(void *object)
{
	Exception *e;

	if (!object)
		return;
	e = head_of(object);
	if (add_seq(&e->refs, (uint32_t)-1) != 0)
		return;
	if (e->destructor)
		e->destructor(object);
	free(e);
}

// --- throw ---

// See os_caught. To be caught it must have landed.
static void *
caught(const TypeInfo **type)
{
	Throw *t;
	Exception *e;

	if (cxa.landed)
		__cxa_begin_catch(cxa.landed);
	t = cxa.caught;
	e = t ? t->of : NULL;
	if (!e)
		return NULL;
	rt_dump_cut(rt_g(), &t->cut);
	*type = e->type;
	return e->object;
}

static bool
may_unwind(void)
{
	return os_may_unwind() && rt_symtab_lands();
}

// If nothing in the program can land, the link step knows that this does not switch (link/plan.js).
MAYSWITCH NOINLINE void
rt_throw_on(Leaving *l)
{
	Throw *t = l->what;

	if (may_unwind())
		rt_protect_jump(l);
	if (l->stuck)
		rt_prints("runtime: a C++ exception cannot pass through foreign code: catch it in "
		          "the callback\n");
	rt_dump_cut(rt_g(), &t->cut);
	__cxa_begin_catch(t); // a terminate handler may ask for it
	os_uncaught(t->of->object, t->of->type);
}

// Each frame between the throw and the switch costs it 10 ns.
MAYSWITCH NORETURN ALWAYS_INLINE void
pass_on(Throw *t)
{
	Leaving l = {.on = rt_throw_on, .lands = LandsThrow, .threw = 1, .what = t, .cut = &t->cut};

	rt_throw_on(&l);
	rt_throw("cxa: an exception was left behind");
}

MAYSWITCH NORETURN ALWAYS_INLINE void
set_off(Throw *t)
{
	os_caught = caught;
	t->cut.n = t->cut.landed = 0;
	t->cut.below = UINT32_MAX;
	cxa.uncaught++;
	pass_on(t);
}

MAYSWITCH NORETURN void
__cxa_throw(void *object, const TypeInfo *type, void *(*destructor)(void *))
{
	Exception *e = __cxa_init_primary_exception(object, type, destructor);

	e->refs = 1;
	e->first.of = e; // the cut stays as it is: set_off empties it
	e->first.link = NULL;
	e->first.handlers = 0;
	set_off(&e->first);
}

MAYSWITCH NORETURN void
__cxa_rethrow(void)
{
	Throw *t = cxa.caught;

	if (!t) {
		os_terminate();
		rt_fatal(FatalThrow, "`throw` without an operand, and no exception is caught");
	}
	t->handlers = -t->handlers;
	if (!t->of)
		rt_panic_on();
	set_off(t);
}

// Of an exception_ptr, which other goroutines may throw at the same time.
MAYSWITCH void
__cxa_rethrow_primary_exception(void *object)
{
	Throw *t;

	if (!object)
		return;
	t = allocate(sizeof *t);
	*t = (Throw){.of = head_of(object)};
	add_seq(&t->of->refs, 1);
	set_off(t);
}

// --- land ---

WEAK void
setTempRet0(uint32_t value)
{
	cxa.tempret = value;
}

WEAK uint32_t
getTempRet0(void)
{
	return cxa.tempret;
}

const void *
llvm_eh_typeid_for(const void *type)
{
	return type;
}

static Throw *
foreign(void)
{
	Throw *t = allocate(sizeof *t);

	*t = (Throw){0};
	cxa.uncaught++;
	setTempRet0((uint32_t)(uintptr_t)&cxa); // the type of nothing
	return t;
}

// The first of n types that catches what lands; NULL catches all. The second result is that type,
// or another if none does.
static Throw *
match(const TypeInfo *const *types, size_t n)
{
	Throw *t = rt_g()->param;
	void *object;
	const TypeInfo *thrown;

	if (!t)
		return foreign();
	cxa.landed = t;
	object = t->of->object;
	thrown = t->of->type;
	t->adjusted = is_pointer(thrown) ? *(void **)object : object;
	setTempRet0((uint32_t)(uintptr_t)thrown);
	for (size_t i = 0; i < n; i++) {
		if (!types[i] || types[i] == thrown)
			break;
		if (__cxa_can_catch(types[i], thrown, &object)) {
			t->adjusted = object;
			setTempRet0((uint32_t)(uintptr_t)types[i]);
			break;
		}
	}
	return t;
}

// The number in a name is that of the types, and 2 more.
#define T const TypeInfo *
#define MATCH(n, params, ...)                            \
	Throw *__cxa_find_matching_catch_##n params      \
	{                                                \
		const TypeInfo *types[] = {__VA_ARGS__}; \
		return match(types, (n)-2);              \
	}
MATCH(2, (void), NULL)
MATCH(3, (T a), a)
MATCH(4, (T a, T b), a, b)
MATCH(5, (T a, T b, T c), a, b, c)
MATCH(6, (T a, T b, T c, T d), a, b, c, d)
MATCH(7, (T a, T b, T c, T d, T e), a, b, c, d, e)
MATCH(8, (T a, T b, T c, T d, T e, T f), a, b, c, d, e, f)
MATCH(9, (T a, T b, T c, T d, T e, T f, T g), a, b, c, d, e, f, g)
MATCH(10, (T a, T b, T c, T d, T e, T f, T g, T h), a, b, c, d, e, f, g, h)
MATCH(11, (T a, T b, T c, T d, T e, T f, T g, T h, T i), a, b, c, d, e, f, g, h, i)
MATCH(12, (T a, T b, T c, T d, T e, T f, T g, T h, T i, T j), a, b, c, d, e, f, g, h, i, j)
MATCH(13, (T a, T b, T c, T d, T e, T f, T g, T h, T i, T j, T k), a, b, c, d, e, f, g, h, i, j, k)
MATCH(14, (T a, T b, T c, T d, T e, T f, T g, T h, T i, T j, T k, T l), a, b, c, d, e, f, g, h, i,
      j, k, l)
#undef MATCH
#undef T

MAYSWITCH NORETURN void
__resumeException(Throw *t)
{
	cxa.landed = NULL;
	if (t->of)
		pass_on(t);
	cxa.uncaught--;
	free(t);
	rt_panic_on();
}

// --- catch ---

void *
__wrap___cxa_get_exception_ptr(const Throw *t)
{
	return t->adjusted;
}

void *
__cxa_begin_catch(Throw *t)
{
	cxa.uncaught--;
	cxa.landed = NULL;
	t->handlers = t->handlers < 0 ? 1 - t->handlers : 1 + t->handlers;
	if (t != cxa.caught) {
		t->link = cxa.caught;
		cxa.caught = t;
	}
	return t->adjusted;
}

// Destroying the exception may wait.
MAYSWITCH static void
over(Throw *t)
{
	Exception *e = t->of;

	if (t != &e->first)
		free(t);
	__cxa_decrement_exception_refcount(e->object);
}

MAYSWITCH void
__cxa_end_catch(void)
{
	Throw *t = cxa.caught;
	bool again = t->handlers < 0;

	t->handlers += again ? 1 : -1;
	if (t->handlers != 0)
		return;
	cxa.caught = t->link;
	if (t->of) {
		if (!again)
			over(t);
		return;
	}
	free(t);
	if (!again)
		rt_panic_on();
}

// --- look ---

uint32_t
__cxa_uncaught_exceptions(void)
{
	return cxa.uncaught;
}

bool
__cxa_uncaught_exception(void)
{
	return cxa.uncaught != 0;
}

void *
__cxa_current_primary_exception(void)
{
	Exception *e = cxa.caught ? cxa.caught->of : NULL;

	if (!e)
		return NULL;
	add_seq(&e->refs, 1);
	return e->object;
}

const TypeInfo *
__cxa_current_exception_type(void)
{
	return cxa.caught && cxa.caught->of ? cxa.caught->of->type : NULL;
}

MAYSWITCH NORETURN void
__cxa_call_unexpected(Throw *t)
{
	__cxa_begin_catch(t);
	os_uncaught(t->of ? t->of->object : NULL, t->of ? t->of->type : NULL);
}

// --- longjmp ---
//
// Versions of Emscripten up to 3.1.59 give each call of a function that calls setjmp a table: the
// places in it to which a jmp_buf may lead. Newer ones have functions of their own for that.

typedef struct SetJump SetJump;
struct SetJump {
	uintptr_t id; // the word in the jmp_buf; 0 behind the last entry
	uint32_t label;
};

// The second result is the new size. A jmp_buf that is set again in the same place keeps its entry.
WEAK SetJump *
saveSetjmp(uintptr_t *env, uint32_t label, SetJump *table, uint32_t size)
{
	uint32_t n = 0;

	while (n < size && table[n].id != 0 && (table[n].id != *env || table[n].label != label))
		n++;
	if (n == size) {
		size *= 2;
		table = rt_must(realloc(table, (size + 1) * sizeof *table),
		                "cxa: out of memory for setjmp");
		table[n].id = 0;
	}
	if (table[n].id == 0) {
		*env = ++cxa.setjmps;
		table[n] = (SetJump){*env, label};
		table[n + 1].id = 0;
	}
	setTempRet0(size);
	return table;
}

// 0: the jmp_buf leads to another call.
WEAK uint32_t
testSetjmp(uintptr_t id, const SetJump *table, uint32_t size)
{
	for (uint32_t i = 0; i < size && table[i].id != 0; i++)
		if (table[i].id == id)
			return table[i].label;
	return 0;
}

MAYSWITCH void
rt_longjmp_on(Leaving *l)
{
	if (may_unwind())
		rt_protect_jump(l);
	rt_fatal(FatalThrow, l->stuck ? "longjmp cannot pass through foreign code"
	                              : "longjmp to a function that has returned, "
	                                "or out of code that only computes");
}

MAYSWITCH NORETURN static void
jump(uintptr_t env, int value)
{
	Leaving l = {.on = rt_longjmp_on,
	             .lands = LandsJump,
	             .threw = env,
	             .what = (void *)(uintptr_t)(value ? value : 1)};

	rt_longjmp_on(&l);
	rt_throw("cxa: a longjmp was left behind");
}

MAYSWITCH NORETURN WEAK void
emscripten_longjmp(uintptr_t env, int value)
{
	jump(env, value);
}

extern _Thread_local uintptr_t __THREW__; // Emscripten's: the jmp_buf
extern _Thread_local int __threwValue;

// Emscripten's own emscripten_longjmp ends in this.
MAYSWITCH NORETURN void
_emscripten_throw_longjmp(void)
{
	uintptr_t env = __THREW__;

	__THREW__ = 0;
	jump(env, __threwValue);
}
