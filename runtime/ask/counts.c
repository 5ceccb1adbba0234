#include "ask.h"

#include "../base/gmp.h"
#include "../mem/malloc.h"
#include "../sched/sched.h"
#include "../worldsema.h"

// Counts, read on the host's thread while the world runs: a glance. Others may write the words
// meanwhile. Each word is right by itself, but they are from different moments.

// A goroutine that runs is on an M, and one that is ready is in a queue. All others wait. So no
// switch has to count anything, and a million goroutines need not be visited.
NO_SANITIZE static void
count_states(CountsHead *w)
{
	uint32_t all = (uint32_t)rt_gcount(), seen;

	for (M *mp = (M *)loadp_acq(&sched.allm); mp; mp = mp->alllink) {
		G *gp = mp->curg;
		uint32_t s = gp && !gp->system ? load_relaxed(&gp->status) : Gdead;

		w->running += s == Grunning;
		w->syscall += s == Gsyscall;
	}
	w->runnable = load_relaxed(&sched.runqsize);
	for (int32_t i = 0; i < gomaxprocs; i++)
		w->runnable += rt_runqlen(allp[i]);
	seen = w->runnable + w->running + w->syscall;
	w->goroutines = all;
	w->waiting = seen < all ? all - seen : 0;
}

NO_SANITIZE static void
count_p(CountsP *w, P *pp)
{
	M *mp = pp->m;
	G *gp = mp ? mp->curg : NULL;

	*w = (CountsP){
		.status = load_relaxed(&pp->status),
		.queued = rt_runqlen(pp),
		.ticks = load_relaxed(&pp->schedtick),
		.goroutine = split64(gp ? gp->id : 0),
	};
}

// Returns how many bytes of the room were written. If there is too little room, some Ps are left
// out.
EXPORT(rt_host_counts)
NO_SANITIZE uint32_t
rt_host_counts(CountsHead *head, uint32_t room)
{
	CountsP *first = (CountsP *)(head + 1), *w = first;

	if (room < sizeof *head)
		return 0;
	*head = (CountsHead){
		.procs = (uint32_t)gomaxprocs,
		.threads = (uint32_t)sched.mcount,
		.stops = (uint32_t)load64_acq(&sched.nstw),
	};
	count_states(head);
	for (int32_t i = 0; i < gomaxprocs; i++) {
		if ((size_t)((char *)(w + 1) - (char *)head) > room)
			break;
		count_p(w++, allp[i]);
		head->preemptions += load_relaxed(&allp[i]->npreempt);
	}
	return (uint32_t)((char *)w - (char *)head);
}

// --- one word ---

void
rt_answer_word(Request *r, uint32_t word)
{
	uint32_t *p = rt_malloc_noscan(sizeof(void *)); // room for the link of ask.c's garbage

	if (p)
		*p = word;
	rt_answer(r, p, sizeof *p);
}

MAYSWITCH void
rt_answer_maxprocs(Request *r)
{
	rt_answer_word(r, (uint32_t)go_max_procs((int)r->arg));
}
