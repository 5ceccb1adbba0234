// Channels that the host has by name. Operations of rt.channel(name) are calls like those of rt.go:
// a goroutine receives or sends for the host, and its result is the answer. So the host waits like
// any other receiver or sender, in the channel's own order, and takes no element in advance.

#include "hostchan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/hooks.h"
#include "../base/throw.h"
#include "../sync/chan.h"
#include "export.h"

enum { MaxName = 255 };
enum Elem { ElemRaw, ElemDouble, ElemInt32, ElemInt64, ElemString, ElemValue, NElem };

// The record of a name; never freed. A call that comes after the channel was forgotten fails and
// does not wait.
typedef struct HostChan HostChan;
struct HostChan {
	HostChan *next;
	GoChan *c;   // NULL: the name has no channel now
	bool gone;   // c is being forgotten, or was
	bool closed; // c was closed when it was forgotten
	enum Elem elem;
	GoWaitGroup users; // calls of the host that use c
	GoChan *forgotten; // closed when c is forgotten
	char name[];
};

static GoMutex lock;
static HostChan *channels;

// --- failures ---

MAYSWITCH static void
fail(GoCall *call, const char *message, const char *code)
{
	go_call_fail(call, "Error", message, code);
}

MAYSWITCH static void
gave_up(GoCall *call)
{
	fail(call, "given up", "ERR_GIVEN_UP");
}

MAYSWITCH static void
forgotten(GoCall *call)
{
	fail(call, "the program has forgotten the channel", "ERR_NO_CHANNEL");
}

MAYSWITCH static void
closed(GoCall *call)
{
	fail(call, "the channel is closed", "ERR_CHAN_CLOSED");
}

// --- elements ---

static GoValue
to_value(const HostChan *h, const void *p)
{
	GoValue v;

	switch (h->elem) {
	case ElemDouble:
		return go_number(*(const double *)p);
	case ElemInt32:
		return go_number(*(const int32_t *)p);
	case ElemInt64:
		return go_int(*(const int64_t *)p);
	case ElemString:
		return go_string(*(char *const *)p);
	case ElemValue:
		memcpy(&v, p, sizeof v);
		return v;
	default:
		return go_bytes(p, h->c->elem_size);
	}
}

// Frees a received element, of which the host has a copy.
static void
free_element(const HostChan *h, void *p)
{
	if (h->elem == ElemString)
		free(*(char **)p);
	else if (h->elem == ElemValue)
		go_value_free(p);
}

static char *
own_bytes(const GoValue *v)
{
	char *own = malloc(v->len + 1);

	if (!own)
		go_panic("no memory for the element");
	if (v->len > 0)
		memcpy(own, v->bytes, v->len);
	own[v->len] = '\0';
	return own;
}

// Makes an element of the call's second argument. False: the type is wrong, and the call has
// failed.
MAYSWITCH static bool
from_value(const HostChan *h, GoCall *call, void *p)
{
	GoFrom_ from = go_call_from_(call, 1);
	char text[96];

	from.func = h->name;
	switch (h->elem) {
	case ElemDouble:
		*(double *)p = go_to_number_(from);
		break;
	case ElemInt32:
		*(int32_t *)p = go_to_int_(from);
		break;
	case ElemInt64:
		*(int64_t *)p = go_to_int64_(from);
		break;
	case ElemString:
		*(char **)p = go_to_string_(from) ? own_bytes(&from.value) : NULL;
		break;
	case ElemValue:
		if (from.value.kind >= GO_STRING)
			from.value.string = own_bytes(&from.value);
		memcpy(p, &from.value, sizeof from.value);
		break;
	default:
		if (from.value.kind == GO_BYTES && from.value.len == h->c->elem_size) {
			memcpy(p, from.value.bytes, from.value.len);
			break;
		}
		snprintf(text, sizeof text, "an element is %u bytes", (unsigned)h->c->elem_size);
		go_call_fail(call, "TypeError", text, "ERR_BAD_ARGUMENT");
	}
	return !go_call_answered_(call);
}

// --- names ---

static HostChan *
find_locked(const char *name)
{
	HostChan *h = channels;

	while (h && strcmp(h->name, name) != 0)
		h = h->next;
	return h;
}

// A call that waits until a channel gets its name.
typedef struct Waiter Waiter;
struct Waiter {
	Waiter *next;
	GoChan *wake; // closed when any channel gets a name
};

static Waiter *waiters;

static void
wake_locked(void)
{
	Waiter *w;

	while ((w = waiters) != NULL) {
		waiters = w->next;
		go_chan_close(w->wake);
	}
}

// False: the host gave up.
MAYSWITCH static bool
await_name(Waiter *w, GoCall *call)
{
	GoCase cases[] = {{.chan = w->wake, .dir = GO_RECV},
	                  {.chan = call->cancel, .dir = GO_RECV}};
	bool woken = go_select(cases, 2, true) == 0;

	go_mutex_lock(&lock);
	for (Waiter **at = &waiters; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	go_mutex_unlock(&lock);
	go_chan_free(w->wake);
	return woken;
}

// Waits until there is a channel of the name in the call, and keeps it from being forgotten until
// let_go. NULL: it was forgotten, or the host gave up; the call has failed.
MAYSWITCH static HostChan *
hold(GoCall *call)
{
	GoValue name = go_call_arg(call, 0);
	HostChan *h;
	Waiter w;

	bool gone = false, was_closed = false;

	do {
		go_mutex_lock(&lock);
		h = find_locked(name.string);
		if (!h) {
			w = (Waiter){waiters, go_chan_make(0, 0)};
			waiters = &w;
		} else if (h->gone) {
			gone = true;
			was_closed = h->closed;
		} else {
			go_waitgroup_add(&h->users, 1);
		}
		go_mutex_unlock(&lock);
	} while (!h && await_name(&w, call));
	if (h && !gone)
		return h;
	if (!h)
		gave_up(call);
	else if (was_closed)
		closed(call);
	else
		forgotten(call);
	return NULL;
}

static void
let_go(HostChan *h)
{
	go_waitgroup_done(&h->users);
}

// The record of a name that no channel has. NULL: a channel has it.
static HostChan *
claim_locked(const char *name, size_t n)
{
	HostChan *h = find_locked(name);

	if (h)
		return h->c ? NULL : h;
	h = rt_must(calloc(1, sizeof *h + n + 1), "host: out of memory for a channel's name");
	memcpy(h->name, name, n);
	h->next = channels;
	channels = h;
	return h;
}

MAYSWITCH void
go_host_channel_at(const char *name, GoChan *c, size_t elem_size, int elem)
{
	size_t n = name ? strlen(name) : 0;
	HostChan *h;

	if (n == 0 || n > MaxName)
		go_panic("go_host_channel: a name has 1 to 255 bytes");
	if (!c)
		go_panic("go_host_channel: no channel");
	if (c->elem_size != elem_size)
		go_panic("go_host_channel: the channel's elements are of another size");
	go_mutex_lock(&lock);
	h = c->hosted ? NULL : claim_locked(name, n);
	if (h) {
		h->c = c;
		h->elem = (enum Elem)elem;
		h->gone = false;
		h->forgotten = go_chan_make(0, 0);
		c->hosted = true;
		wake_locked();
	}
	go_mutex_unlock(&lock);
	if (!h)
		go_panic("go_host_channel: the channel has a name, or the name a channel");
}

MAYSWITCH void
go_host_channel_forget(GoChan *c)
{
	HostChan *h;

	go_mutex_lock(&lock);
	for (h = channels; h && (h->c != c || h->gone); h = h->next)
		;
	if (h) {
		h->gone = true;
		h->closed = c->closed;
		go_chan_close(h->forgotten);
	}
	go_mutex_unlock(&lock);
	if (!h)
		return;
	go_waitgroup_wait(&h->users);
	go_mutex_lock(&lock);
	go_chan_free(h->forgotten);
	c->hosted = false;
	h->c = NULL;
	go_mutex_unlock(&lock);
}

// --- what the host starts ---

MAYSWITCH static void
receive_from(HostChan *h, GoCall *call)
{
	void *elem = malloc(h->c->elem_size + 1);
	GoCase cases[] = {
		{.chan = h->c, .dir = GO_RECV, .elem = elem},
		{.chan = call->cancel, .dir = GO_RECV},
		{.chan = h->forgotten, .dir = GO_RECV},
	};

	if (!elem) {
		fail(call, "no memory for an element", "ERR_NO_MEMORY");
		return;
	}
	switch (go_select(cases, nelem(cases), true)) {
	case 0:
		if (cases[0].ok) {
			go_call_return(call, to_value(h, elem));
			free_element(h, elem);
		} else {
			closed(call);
		}
		break;
	case 1:
		gave_up(call);
		break;
	default:
		forgotten(call);
	}
	free(elem);
}

MAYSWITCH static void
receive(GoCall *call)
{
	HostChan *h = hold(call);

	if (h) {
		receive_from(h, call);
		let_go(h);
	}
}

typedef struct Sending Sending;
struct Sending {
	GoCase cases[2];
	int done;
};

MAYSWITCH static void
select_send(void *arg)
{
	Sending *s = arg;

	s->done = go_select(s->cases, nelem(s->cases), true);
}

MAYSWITCH static void
send_to(HostChan *h, GoCall *call)
{
	void *elem = malloc(h->c->elem_size + 1);
	Sending s = {.done = -1};
	const char *panic;

	if (!elem) {
		fail(call, "no memory for an element", "ERR_NO_MEMORY");
		return;
	}
	if (from_value(h, call, elem)) {
		s.cases[0] = (GoCase){.chan = h->c, .dir = GO_SEND, .elem = elem};
		s.cases[1] = (GoCase){.chan = h->forgotten, .dir = GO_RECV};
		panic = go_protect(select_send, &s);
		if (s.done != 0)
			free_element(h, elem);
		if (panic)
			fail(call, panic, "ERR_CHAN_CLOSED");
		else if (s.done != 0)
			forgotten(call);
		else
			go_call_return(call, go_null());
	}
	free(elem);
}

MAYSWITCH static void
send(GoCall *call)
{
	HostChan *h = hold(call);

	if (h) {
		send_to(h, call);
		let_go(h);
	}
}

static void
close_channel(void *c)
{
	go_chan_close(c);
}

MAYSWITCH static void
close_named(GoCall *call)
{
	HostChan *h = hold(call);
	const char *panic;

	if (h) {
		panic = go_protect(close_channel, h->c);
		let_go(h);
		if (panic)
			fail(call, panic, "ERR_CHAN_CLOSED");
	}
}

// --- deadlocks ---

// All goroutines are asleep. Does one of the program wait on a channel that the host has?
static bool
host_may_come(void)
{
	for (const HostChan *h = channels; h; h = h->next) {
		if (!h->c)
			continue;
		for (const Sudog *sg = h->c->recvq.first; sg; sg = sg->next)
			if (!sg->gp->system)
				return true;
		for (const Sudog *sg = h->c->sendq.first; sg; sg = sg->next)
			if (!sg->gp->system)
				return true;
	}
	return false;
}

void
rt_hostchaninit(void)
{
	static GoExport ops[] = {
		{.name = "worldsema:receive", .run = receive, .system = true},
		{.name = "worldsema:send", .run = send, .system = true},
		{.name = "worldsema:close", .run = close_named, .system = true},
	};

	for (size_t i = 0; i < nelem(ops); i++)
		go_export_(&ops[i]);
	rt_hooks.on_hostwait = host_may_come;
}
