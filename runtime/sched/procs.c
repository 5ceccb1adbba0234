#include "procs.h"

#include "../base/throw.h"
#include "../mem/malloc.h"
#include "idle.h"
#include "inplace.h"
#include "newproc.h"
#include "world.h"

// The Ps: how they are made, and their number (GOMAXPROCS).

void
rt_drain_locked(P *pp)
{
	bool inherit;
	G *gp;

	rt_inplace_requeue_locked(pp);
	while ((gp = rt_runqget(pp, &inherit)) != NULL)
		rt_globrunqput_locked(gp);
	rt_gfpurge(pp);
}

static P *
newp(int32_t id)
{
	P *pp = rt_must(os_alloc(sizeof *pp), "proc: out of memory for a P");

	pp->id = id;
	pp->mcache = rt_mcache_new();
	pp->rand = (uint32_t)os_random() | 1;
	store_rel(&pp->status, Pgcstop);
	return pp;
}

// The world is stopped and sched.lock held, or it is boot. Returns the Ps with local work, linked;
// the others are idle. The caller's M keeps a P.
P *
rt_procresize(int32_t n)
{
	M *mp = rt_m();
	int32_t old = gomaxprocs;
	P *list = NULL;

	for (int32_t i = 0; i < n; i++)
		if (!allp[i])
			allp[i] = newp(i);
	gomaxprocs = n;
	for (int32_t i = n; i < old; i++) {
		rt_drain_locked(allp[i]);
		rt_mcache_flush(allp[i]->mcache);
		store_rel(&allp[i]->status, Pdead);
	}
	if (mp && mp->p && mp->p->id >= n) {
		mp->p->m = NULL;
		mp->p = NULL;
	}
	if (mp && mp->p) {
		store_rel(&mp->p->status, Prunning);
	} else if (mp) {
		rt_inplace_requeue_locked(allp[0]);
		store_rel(&allp[0]->status, Pidle);
		rt_acquirep(mp, allp[0]);
	}
	for (int32_t i = n - 1; i >= 0; i--) {
		P *pp = allp[i];

		if (mp && pp == mp->p)
			continue;
		store_rel(&pp->status, Pidle);
		if (rt_runqempty(pp) && !pp->stopped) {
			rt_pidleput_locked(pp);
		} else {
			pp->link = list;
			list = pp;
		}
	}
	return list;
}

int
go_max_procs(int n)
{
	int old = gomaxprocs;

	if (n < 1 || n == old || os_alone())
		return old;
	if (n > MaxProcs)
		n = MaxProcs;
	rt_world_begin();
	old = gomaxprocs;
	sched.newprocs = n;
	rt_world_end();
	return old;
}
