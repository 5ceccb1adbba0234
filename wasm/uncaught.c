#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/base/os.h"
#include "../runtime/base/self.h"
#include "../runtime/base/throw.h"
#include "../runtime/sync/panic.h"
#include "typename.h"
#include "uncaught.h"

// The last message of a program that dies of a C++ exception: the exception's type and what(), read
// from the compiler's type information (Itanium C++ ABI). And the handlers that C and C++ programs
// may run before they die: those of std::set_terminate and SIGABRT.

typedef struct {
	TypeInfo type;
	const TypeInfo *base;
} SingleInfo;

typedef struct {
	TypeInfo type;
	uint32_t flags, nbases;
	struct {
		const TypeInfo *type;
		int32_t flags; // the offset above bit 8
	} bases[];
} MultipleInfo;

enum { VirtualBase = 1, WhatSlot = 2 };

// All four exist in a program that throws, and only there.
extern const TypeInfo _ZTISt9exception __attribute__((weak));
extern const char _ZTVN10__cxxabiv120__si_class_type_infoE[] __attribute__((weak));
extern const char _ZTVN10__cxxabiv121__vmi_class_type_infoE[] __attribute__((weak));
extern void (*__cxa_terminate_handler)(void) __attribute__((weak));

void *(*os_caught)(const TypeInfo **type);

extern struct sigaction __sig_actions[] __attribute__((weak)); // in a program that sets handlers

static char text[512];
static size_t used;

static void
put(const char *s, size_t n)
{
	if (n > sizeof text - 1 - used)
		n = sizeof text - 1 - used;
	memcpy(text + used, s, n);
	used += n;
	text[used] = '\0';
}

static void
say(const char *s)
{
	put(s, strlen(s));
}

// The std::exception part of an object. NULL: it has none, or only by virtual inheritance.
static void *
exception_in(const TypeInfo *t, char *object)
{
	const SingleInfo *single = (const SingleInfo *)t;
	const MultipleInfo *multiple = (const MultipleInfo *)t;
	void *found = NULL;

	if (t == &_ZTISt9exception)
		return object;
	if (t->vtable == _ZTVN10__cxxabiv120__si_class_type_infoE + VtableHead)
		return exception_in(single->base, object);
	if (t->vtable != _ZTVN10__cxxabiv121__vmi_class_type_infoE + VtableHead)
		return NULL;
	for (uint32_t i = 0; !found && i < multiple->nbases; i++)
		if (!(multiple->bases[i].flags & VirtualBase))
			found = exception_in(multiple->bases[i].type,
			                     object + (multiple->bases[i].flags >> 8));
	return found;
}

// what() of a std::exception: the third of its virtual functions.
NOINLINE static const char *
os_what(void *exception)
{
	const char *(*const *vtable)(void *) = *(const char *(*const **)(void *))exception;

	return vtable[WhatSlot](exception);
}

static void
describe(void *thrown, const TypeInfo *type)
{
	void *exception;

	used = 0; // a terminate handler may have thrown
	say("uncaught exception ");
	if (os_typename(type->name, text + used, sizeof text - used))
		used += strlen(text + used);
	else
		say(type->name);
	exception = exception_in(type, thrown);
	if (!exception && strcmp(type->name, "PKc") != 0)
		return;
	say(": ");
	say(exception ? os_what(exception) : *(const char **)thrown);
}

// Ends the program: std::terminate was called, or an exception has reached a place that lets none
// pass. Replaces libc++'s handler, which reports less.
NORETURN static void
terminated(void)
{
	const TypeInfo *type;
	void *thrown = os_caught ? os_caught(&type) : NULL;

	os_pin(); // what() may not wait
	if (thrown)
		describe(thrown, type);
	else if (rt_g() && rt_g()->panics)
		rt_fatalpanic(rt_g()); // it cannot pass through a noexcept function
	rt_fatal(FatalThrow, thrown ? text : "std::terminate called");
}

__attribute__((constructor)) static void
set_terminated(void)
{
	if (&__cxa_terminate_handler)
		__cxa_terminate_handler = terminated;
}

// The handler may ask for the exception (std::current_exception), or throw it again and catch it.
NOINLINE MAYSWITCH void
os_terminate(void)
{
	void (*handler)(void) = &__cxa_terminate_handler ? __cxa_terminate_handler : terminated;
	bool pinned = !os_may_unwind() || !rt_symtab_lands(); // see rt_throw_on

	if (handler == terminated)
		return;
	__cxa_terminate_handler = terminated;
	if (pinned)
		os_pin();
	handler();
}

MAYSWITCH NORETURN void terminate(void) __asm__("__wrap__ZSt9terminatev");

// std::terminate. libc++'s own does not tell the handler what has landed: for WebAssembly, clang
// calls it from a noexcept function without __cxa_begin_catch.
MAYSWITCH NORETURN void
terminate(void)
{
	const TypeInfo *type;

	if (os_caught)
		os_caught(&type);
	os_terminate();
	terminated();
}

MAYSWITCH NORETURN void
os_uncaught(void *object, const TypeInfo *type)
{
	bool pinned = !os_may_unwind();

	os_pin(); // what() may not wait
	describe(object, type);
	if (!rt_symtab_lands())
		say(" (C++ exceptions are not switched on: build with -fexceptions)");
	if (!pinned)
		os_unpin();
	os_terminate();
	rt_fatal(FatalThrow, text);
}

const char *
os_lastwords(void)
{
	return used ? text : NULL;
}

NOINLINE void
os_sigabrt(void)
{
	struct sigaction *action = __sig_actions ? &__sig_actions[SIGABRT] : NULL;
	struct sigaction was;

	if (!action || action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN)
		return;
	was = *action;
	action->sa_handler = SIG_DFL;
	os_pin();
	if (was.sa_flags & SA_SIGINFO)
		was.sa_sigaction(SIGABRT, &(siginfo_t){0}, NULL);
	else
		was.sa_handler(SIGABRT);
	os_unpin();
}
