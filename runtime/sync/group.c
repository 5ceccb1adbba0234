// Groups of goroutines with one context. After Go's package errgroup.

#include <stdlib.h>

#include "../base/throw.h"
#include "../sched/sched.h"
#include "../worldsema.h"
#include "panic.h"

struct GoGroup {
	GoWaitGroup running;
	AtomicU32 error; // the first one
	GoContext *ctx;
};

typedef struct Task Task;
struct Task {
	GoGroup *group;
	GoGroupFunc fn;
	void *arg;
};

static void *
allocate(size_t n)
{
	return rt_must(malloc(n), "group: out of memory");
}

GoGroup *
go_group_make(GoContext *parent)
{
	GoGroup *group = allocate(sizeof *group);

	*group = (GoGroup){.ctx = go_context_make(parent)};
	return group;
}

GoContext *
go_group_context(const GoGroup *group)
{
	rt_nonil_here(group);
	return group->ctx;
}

static void
finished(void *arg)
{
	GoGroup *group = arg;

	go_waitgroup_done(&group->running);
}

MAYSWITCH static void
run(void *arg)
{
	Task task = *(Task *)arg;
	Defer d = {.fn = finished, .arg = task.group, .last = true};
	int error;

	free(arg);
	// Deferred, so that a goroutine that panics or calls go_exit counts as ended.
	rt_deferpush(&d);
	error = task.fn(task.group->ctx, task.arg);
	rt_rundefers(&d);
	if (error && cas_acqrel(&task.group->error, 0, (uint32_t)error))
		go_context_cancel(task.group->ctx);
	rt_deferdrop(&d);
	finished(task.group);
}

void
go_group_go_at(GoGroup *group, GoGroupFunc fn, void *arg, size_t stack_bytes, const GoSite *site)
{
	Task *task;

	rt_nonil_here(group);
	rt_nonil_here(fn);
	task = allocate(sizeof *task);
	*task = (Task){group, fn, arg};
	go_waitgroup_add(&group->running, 1);
	go_at(run, task, stack_bytes, site);
}

MAYSWITCH int
go_group_wait(GoGroup *group)
{
	rt_nonil(group);
	go_waitgroup_wait(&group->running);
	go_context_cancel(group->ctx);
	return (int)load_seq(&group->error);
}

void
go_group_free(GoGroup *group)
{
	if (!group)
		return;
	if (group->running.state != 0)
		go_panic("go_group_free: goroutines of the group still run");
	go_context_free(group->ctx);
	free(group);
}
