// Contexts: a tree of things that end. After Go's package context.

#include <errno.h>
#include <stdlib.h>

#include "../base/lock.h"
#include "../base/throw.h"
#include "../sched/sched.h"
#include "../worldsema.h"
#include "panic.h"
#include "timer.h"

// A context is in use as long as it has handles: the program's references, and the contexts below
// it. Then it leaves the tree, and its timer stops. Its memory stays as long as somebody needs it
// for a moment: all handles together, the timer, and whoever ends it.
struct GoContext {
	AtomicU32 handles, owners;
	AtomicU32 err; // 0, ECANCELED or ETIMEDOUT
	GoChan *done;
	AtomicPtr timer;   // GoTimer; it is there a moment after the context
	int64_t when;      // deadline; NoDeadline: none
	GoContext *parent; // has a handle from here
	// The tree, under the lock.
	GoContext *children, *next, **link; // link: NULL outside the tree
	GoContext *ending;                  // the next one of those that are being ended
};

#define NoDeadline INT64_MAX

static Lock tree = LOCK_INIT(RankContext);

static void
disown(GoContext *c)
{
	if (add_seq(&c->owners, -1u) != 0)
		return;
	go_timer_free((GoTimer *)loadp_acq(&c->timer));
	go_chan_free(c->done);
	free(c);
}

// The lock is held.
static void
leave_tree(GoContext *c)
{
	if (!c->link)
		return;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->link = NULL;
}

static void
stop_timer(GoContext *c)
{
	GoTimer *timer = (GoTimer *)loadp_acq(&c->timer);

	if (timer && go_timer_stop(timer))
		disown(c);
}

// Becomes an owner, unless there is none any more.
static bool
own(GoContext *c)
{
	uint32_t n;

	while ((n = load_seq(&c->owners)) != 0)
		if (cas_acqrel(&c->owners, n, n + 1))
			return true;
	return false;
}

// Marks top and all below it as over, and takes them out of the tree. They are linked by `ending`,
// parents first. The caller owns them. The lock is held.
static void
mark(GoContext *top, int err)
{
	GoContext *child, **last = &top->ending;

	for (GoContext *c = top; c; c = c->ending) {
		store_seq(&c->err, (uint32_t)err);
		leave_tree(c);
		while ((child = c->children) != NULL) {
			leave_tree(child);
			if (load_seq(&child->err) != 0 || !own(child))
				continue;
			*last = child;
			last = &child->ending;
		}
	}
}

static void
end(GoContext *top, int err)
{
	GoContext *c = NULL, *next;

	rt_lock(&tree);
	if (load_seq(&top->err) == 0 && own(top)) {
		c = top;
		mark(c, err);
	}
	rt_unlock(&tree);
	for (; c; c = next) {
		next = c->ending;
		go_chan_close(c->done);
		stop_timer(c);
		disown(c);
	}
}

static void
expire(void *arg)
{
	GoContext *c = arg;

	end(c, ETIMEDOUT);
	disown(c);
}

GoContext *
go_context_ref(GoContext *c)
{
	rt_nonil_here(c);
	add_seq(&c->handles, 1);
	return c;
}

// A context that begins with this error.
static GoContext *
make(GoContext *parent, int64_t when, int err)
{
	GoContext *c = rt_must(calloc(1, sizeof *c), "context: out of memory");

	c->handles = c->owners = 1;
	c->when = when;
	c->done = go_chan_make(0, 0);
	if (parent) {
		c->parent = go_context_ref(parent);
		rt_lock(&tree);
		if (load_seq(&parent->err) != 0) {
			err = (int)load_seq(&parent->err);
		} else if (!err) {
			c->next = parent->children;
			c->link = &parent->children;
			if (c->next)
				c->next->link = &c->next;
			parent->children = c;
		}
		rt_unlock(&tree);
	}
	if (err) {
		store_seq(&c->err, (uint32_t)err);
		go_chan_close(c->done);
	}
	return c;
}

GoContext *
go_context_make(GoContext *parent)
{
	return make(parent, parent ? parent->when : NoDeadline, 0);
}

GoContext *
go_context_with_deadline(GoContext *parent, int64_t when)
{
	int64_t now = go_nanotime(), left = when > now ? when - now : 0;
	GoContext *c;

	if (parent && parent->when <= when)
		return go_context_make(parent); // the parent ends it
	c = make(parent, when, left == 0 ? ETIMEDOUT : 0);
	if (load_seq(&c->err) != 0)
		return c;
	add_seq(&c->owners, 1);
	storep_rel(&c->timer, (uintptr_t)go_timer_start(left, 0, expire, c));
	if (load_seq(&c->err) != 0)
		stop_timer(c); // the parent has ended it meanwhile
	return c;
}

GoContext *
go_context_with_timeout(GoContext *parent, int64_t ns)
{
	return go_context_with_deadline(parent, rt_timerwhen(ns));
}

void
go_context_free(GoContext *c)
{
	GoContext *parent;

	for (; c && add_seq(&c->handles, -1u) == 0; c = parent) {
		parent = c->parent;
		rt_lock(&tree);
		leave_tree(c);
		rt_unlock(&tree);
		stop_timer(c);
		disown(c);
	}
}

void
go_context_cancel(GoContext *c)
{
	rt_nonil_here(c);
	end(c, ECANCELED);
}

int
go_context_err(const GoContext *c)
{
	rt_nonil_here(c);
	return (int)load_seq(&c->err);
}

bool
go_context_deadline(const GoContext *c, int64_t *when)
{
	rt_nonil_here(c);
	if (c->when == NoDeadline)
		return false;
	*when = c->when;
	return true;
}

GoChan *
go_context_done(const GoContext *c)
{
	rt_nonil_here(c);
	return c->done;
}

MAYSWITCH int
go_context_sleep(GoContext *c, int64_t ns)
{
	GoCase cases[2] = {{NULL, GO_RECV, NULL, false}, {NULL, GO_RECV, NULL, false}};

	rt_nonil(c);
	if (ns <= 0)
		return go_context_err(c);
	cases[0].chan = c->done;
	cases[1].chan = go_after(ns);
	go_select(cases, 2, true);
	go_chan_free(cases[1].chan);
	return go_context_err(c);
}
