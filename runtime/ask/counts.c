#include "ask.h"

#include "../base/gmp.h"
#include "../mem/malloc.h"
#include "../sched/sched.h"
#include "../worldsema.h"

// Counts, read on the host's thread while the world runs: a glance. Words are read as they are,
// whoever writes them; each is true for itself, and of a moment of its own.

// What runs is on an M, and what is to run in a queue, so the rest waits: nothing is counted at a
// switch for this, and a million goroutines need not be looked at.
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

// Returns how many bytes of the room were written; there is none for as many Ps: fewer are told.
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
	uint32_t *p = rt_malloc_noscan(sizeof(void *)); // room for the list of what is freed

	if (p)
		*p = word;
	rt_answer(r, p, sizeof *p);
}

MAYSWITCH void
rt_answer_maxprocs(Request *r)
{
	rt_answer_word(r, (uint32_t)go_max_procs((int)r->arg));
}
