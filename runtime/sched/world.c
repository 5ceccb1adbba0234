#include "world.h"

#include "../base/os.h"
#include "../base/print.h"
#include "../base/throw.h"
#include "../sync/sema.h"
#include "proc.h"

// Stopping and starting the world, and finding out that it stopped by itself (a deadlock).

uint32_t rt_worldsema = 1;
int64_t rt_laststop;

static int64_t stopped_at;

static void
preemptall(void)
{
	for (int32_t i = 0; i < gomaxprocs; i++) {
		P *pp = allp[i];
		M *mp = pp ? pp->m : NULL;

		if (mp && load_acq(&pp->status) == Prunning)
			store_seq(&mp->preempt, 1);
	}
}

// Takes what nobody runs on; returns how many Ps are still to stop.
static int32_t
stop_idle_locked(M *mp)
{
	P *pp;

	sched.stopwait = gomaxprocs;
	store_rel(&mp->p->status, Pgcstop);
	sched.stopwait--;
	while ((pp = rt_pidleget_locked()) != NULL) {
		store_rel(&pp->status, Pgcstop);
		sched.stopwait--;
	}
	return sched.stopwait;
}

void
rt_stoptheworld(void)
{
	M *mp = rt_m();
	int32_t wait;

	if (mp->locks > 0)
		rt_throw("world: stop holding locks");
	rt_lock(&sched.lock);
	rt_noteclear(&sched.stopnote);
	store_seq(&sched.gcwaiting, 1);
	preemptall();
	wait = stop_idle_locked(mp);
	rt_unlock(&sched.lock);
	// Asked again and again: an M may have been between two goroutines.
	while (wait > 0 && !rt_notetsleep(&sched.stopnote, 100000))
		preemptall();
	while (load_seq(&sched.ticking))
		os_pause(100);
	if (sched.stopwait != 0)
		rt_throw("world: not stopped");
	for (int32_t i = 0; i < gomaxprocs; i++)
		if (load_acq(&allp[i]->status) != Pgcstop)
			rt_throw("world: a P is not stopped");
	add64_seq(&sched.nstw, 1);
	stopped_at = os_nanotime();
}

void
rt_gcstopm(M *mp)
{
	P *pp;

	if (mp->spinning) {
		mp->spinning = false;
		add_seq(&sched.nmspinning, (uint32_t)-1);
	}
	pp = rt_releasep(mp);
	rt_lock(&sched.lock);
	if (!load_seq(&sched.gcwaiting)) { // started again meanwhile
		rt_pidleput_locked(pp);
		rt_unlock(&sched.lock);
		rt_wakep();
		rt_stopm(mp);
		return;
	}
	store_rel(&pp->status, Pgcstop);
	if (--sched.stopwait == 0)
		rt_notewakeup(&sched.stopnote);
	rt_unlock(&sched.lock);
	rt_stopm(mp);
}

// Starts one M for each P in the list.
static void
startms(P *list)
{
	while (list) {
		P *pp = list;
		M *mp;

		list = pp->link;
		pp->link = NULL;
		mp = rt_mget();
		if (mp) {
			mp->nextp = pp;
			rt_notewakeup(&mp->park);
		} else {
			rt_newm(pp, NULL);
		}
	}
}

void
rt_starttheworld(void)
{
	P *list;

	rt_laststop = os_nanotime() - stopped_at;
	rt_lock(&sched.lock);
	list = rt_procresize(sched.newprocs ? sched.newprocs : gomaxprocs);
	sched.newprocs = 0;
	store_seq(&sched.gcwaiting, 0);
	rt_unlock(&sched.lock);
	startms(list);
	// The list was of Ps with work; more work may sit in the global queue.
	if (load_seq(&sched.npidle) > 0 && load_seq(&sched.nmspinning) == 0)
		rt_wakep();
}

void
rt_world_begin(void)
{
	rt_semacquire_at(&rt_worldsema, WaitSemacquire, false);
	rt_m()->gcing = 1;
	rt_stoptheworld();
}

void
rt_world_end(void)
{
	rt_m()->gcing = 0;
	rt_semrelease(&rt_worldsema, false);
	rt_starttheworld();
}

void
rt_freezetheworld(void)
{
	int64_t until = os_nanotime() + 20000000;

	// No lock may be taken: the dying M may hold it. Best effort.
	store_seq(&sched.gcwaiting, 1);
	for (;;) {
		int32_t running = 0;

		preemptall();
		for (int32_t i = 0; i < gomaxprocs; i++) {
			P *pp = allp[i];
			M *mp = pp ? pp->m : NULL;

			if (mp && mp != rt_m() && mp->curg)
				running++;
		}
		if (!running || os_nanotime() > until)
			return;
		os_pause(1000);
	}
}
