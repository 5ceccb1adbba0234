#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include "../base/noroot.h"
#include "../base/os.h"
#include "../mem/malloc.h"
#include "../prof/cpulog.h"
#include "../prof/cpuprof.h"
#include "../prof/texts.h"
#include "../sched/sema.h"
#include "../worldsema.h"

// The host's CPU profile. The log is read while the profile runs, so that it does not get full.

enum { HeadWords = sizeof(CpuHead) / sizeof(uint32_t) };

static uint32_t *words; // NULL: no memory
static size_t nwords, room;
static int64_t began;
NOROOT(began)
static uint32_t through;  // a semaphore: released when the log has been read
static AtomicU32 copying; // words of the log that are not counted in nwords yet

static bool
make_room(size_t n)
{
	uint32_t *more;

	if (nwords + n <= room)
		return true;
	room = 2 * (nwords + n);
	more = rt_malloc_noscan(room * sizeof *words);
	if (more)
		memcpy(more, words, nwords * sizeof *words);
	rt_free(words);
	words = more;
	return more != NULL;
}

MAYSWITCH static void
collect(void *arg)
{
	const uintptr_t *log;
	size_t n;

	(void)arg;
	while ((n = rt_cpulog_read(&log, true)) > 0) {
		store_rel(&copying, 1);
		if (words && make_room(n)) {
			for (size_t i = 0; i < n; i++)
				words[nwords + i] = (uint32_t)log[i];
			nwords += n;
		}
		store_rel(&copying, 0);
	}
	rt_semrelease(&through, false);
}

MAYSWITCH void
rt_answer_cpustart(Request *r)
{
	static const Site site = {"", "", 0};

	if (!rt_cpuprof_start((int)r->arg, true)) {
		rt_answer_word(r, false);
		return;
	}
	began = os_nanotime();
	nwords = HeadWords;
	room = 1024;
	words = rt_malloc_noscan(room * sizeof *words);
	rt_newproc(collect, NULL, 0, &site, true);
	rt_answer_word(r, true);
}

static void
put_head(int64_t ended)
{
	if (words)
		*(CpuHead *)words = (CpuHead){
			.magic = CpuMagic,
			.version = AbiVersion,
			.duration_ns = split64((uint64_t)(ended - began)),
		};
}

MAYSWITCH void
rt_answer_cpustop(Request *r)
{
	int64_t ended = os_nanotime();

	if (!rt_cpuprof_stop(true))
		return;
	rt_semacquire(&through, WaitHostIdle);
	put_head(ended);
	rt_answer(r, words, nwords * sizeof *words);
}

// The same when the program has died while the host's profile was running. Each call gives the next
// piece of words; 0: there are no more. Only the host's thread is left, and no lock is taken.
EXPORT(rt_host_last_cpu)
uint32_t
rt_host_last_cpu(const uint32_t **piece)
{
	static bool began_reading;
	const uintptr_t *log = NULL;
	size_t n;

	if (!began_reading) {
		began_reading = true;
		rt_cpuprof_died(load_acq(&copying));
		put_head(os_nanotime());
		*piece = words;
		return words ? nwords : 0;
	}
	n = rt_cpulog_died_read(&log);
	*piece = (const uint32_t *)log;
	return n;
}

// The host reads labels where they are.
EXPORT(rt_host_text)
const char *
rt_host_text(uint32_t pc)
{
	return rt_text_of(pc);
}
