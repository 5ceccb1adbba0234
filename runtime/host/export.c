#include "export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/print.h"
#include "../base/throw.h"
#include "../sched/sched.h"
#include "../sync/panic.h"
#include "call.h"
#include "hostchan.h"

enum { AcceptStack = 32 << 10 };

static GoExport *exports;
static GoMutex lock;      // guards listeners
static GoCall *listeners; // by next

void
go_export_(GoExport *e)
{
	e->next = exports;
	exports = e;
}

const GoExport *
rt_exports(void)
{
	return exports;
}

bool
rt_exports_any(void)
{
	for (const GoExport *e = exports; e; e = e->next)
		if (!e->system)
			return true;
	return false;
}

// --- a call ---

size_t
go_call_nargs(const GoCall *call)
{
	rt_nonil_here(call);
	return call->nargs;
}

GoValue
go_call_arg(const GoCall *call, size_t i)
{
	rt_nonil_here(call);
	return i < call->nargs ? call->args[i] : go_null();
}

bool
go_call_answered_(const GoCall *call)
{
	return call->answered;
}

GoFrom_
go_call_from_(GoCall *call, size_t arg)
{
	return (GoFrom_){go_call_arg(call, arg), call->what->name, arg, call};
}

// Gives the host the answer. If the host cannot read a value, the promise fails with that error.
MAYSWITCH static void
answer(GoCall *call, const char *how, GoValue *args, size_t nargs)
{
	if (call->answered)
		go_panic("the call is answered already");
	call->answered = true;
	args[0] = go_number(call->id);
	free(rt_host_call(how, args, nargs, (HostHow){.ns = GO_FOREVER, .own = true}, NULL));
}

MAYSWITCH void
go_call_return(GoCall *call, GoValue result)
{
	GoValue args[2] = {{GO_NULL}, result};

	rt_nonil(call);
	answer(call, "worldsema:return", args, nelem(args));
}

MAYSWITCH void
go_call_fail(GoCall *call, const char *name, const char *message, const char *code)
{
	GoValue args[4] = {{GO_NULL}, go_string(name), go_string(message), go_string(code)};

	rt_nonil(call);
	answer(call, "worldsema:fail", args, nelem(args));
}

MAYSWITCH bool
go_call_takes_(GoCall *call, size_t nargs)
{
	char text[340];

	if (call->nargs == nargs)
		return true;
	snprintf(text, sizeof text, "%s takes %u arguments, got %u", call->what->name,
	         (unsigned)nargs, (unsigned)call->nargs);
	go_call_fail(call, "TypeError", text, "ERR_BAD_ARGUMENT");
	return false;
}

// --- giving up ---

// From now on until unlisten, call->cancel is closed if the host gives up the call. The service
// goroutine does this before it reads the next message, which may be the one that gives up.
MAYSWITCH static void
listen(GoCall *call)
{
	call->cancel = go_chan_make(0, 0);
	go_mutex_lock(&lock);
	call->next = listeners;
	listeners = call;
	go_mutex_unlock(&lock);
}

// Takes the call with this id out of listeners, if it is there. The lock is held.
static GoCall *
remove_locked(uint32_t id)
{
	GoCall **at, *call;

	for (at = &listeners; (call = *at) != NULL && call->id != id; at = &call->next)
		;
	if (call)
		*at = call->next;
	return call;
}

MAYSWITCH static void
unlisten(GoCall *call)
{
	go_mutex_lock(&lock);
	remove_locked(call->id);
	go_mutex_unlock(&lock);
	go_chan_free(call->cancel);
}

MAYSWITCH static void
give_up(uint32_t id)
{
	GoCall *call;

	go_mutex_lock(&lock);
	call = remove_locked(id);
	if (call)
		go_chan_close(call->cancel);
	go_mutex_unlock(&lock);
}

// --- its goroutine ---

static void
drop(Packet *p)
{
	if (add_seq(&p->live, (uint32_t)-1) == 0)
		free(p);
}

// The function has returned, or called go_exit. Or it panics, and the program is about to end.
MAYSWITCH static void
finish(void *arg)
{
	GoCall *call = arg;

	if (rt_g()->panics)
		return;
	if (!call->answered)
		go_call_fail(call, "Error", "the goroutine ended by go_exit, without an answer",
		             "ERR_NO_ANSWER");
	if (call->cancel)
		unlisten(call);
	drop(call->packet);
}

MAYSWITCH static void
run(void *arg)
{
	GoCall *call = arg;

	go_defer(finish, call);
	call->what->run(call);
	if (!call->answered)
		go_call_return(call, go_null());
}

MAYSWITCH static void
start(GoCall *call)
{
	static const Site site = {"rt.go", "runtime/host/export.c", __LINE__};

	for (uint32_t i = 0; i < call->nargs; i++) {
		GoValue *v = &call->args[i];

		if (v->kind == GO_STRING || v->kind == GO_BYTES)
			v->bytes = (char *)call + (uintptr_t)v->bytes;
	}
	if (call->what->system)
		listen(call);
	rt_newproc(run, call, call->what->stack_bytes, &site, call->what->system);
}

// --- the service goroutine ---

MAYSWITCH static void
open_packet(Packet *p)
{
	GoCall *call = (GoCall *)(void *)(p + 1);
	uint32_t n = p->nmessages;

	store_relaxed(&p->live, n + 1);
	for (; n > 0; n--) {
		GoCall *next = (GoCall *)(void *)((char *)call + call->bytes);

		call->packet = p;
		if (call->what) {
			start(call);
		} else {
			give_up(call->id);
			drop(p);
		}
		call = next;
	}
	drop(p);
}

MAYSWITCH static void
accept(void *arg)
{
	HostHow how = {.ns = GO_FOREVER, .uncounted = true, .own = true};
	GoValue v;

	(void)arg;
	for (;;) {
		GoError *err = rt_host_call("worldsema:accept", NULL, 0, how, &v);

		if (!err)
			open_packet(v.bytes);
		free(err); // no memory for the packet; the host knows that too
	}
}

// Throws if two functions are exported by one name.
static void
check_names(void)
{
	for (const GoExport *e = exports; e; e = e->next)
		for (const GoExport *other = e->next; other; other = other->next)
			if (strcmp(e->name, other->name) == 0) {
				rt_printf("runtime: two functions are exported as %s\n", e->name);
				rt_throw("host: GO_EXPORT of a name that is taken");
			}
}

void
rt_hostinit(void)
{
	static const Site site = {"", "", 0};

	check_names();
	rt_hostchaninit();
	rt_newproc(accept, NULL, AcceptStack, &site, true);
}
