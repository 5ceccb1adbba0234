#include "cpu.h"

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

enum { CpuMagic = 0x50555043, CpuVersion = 1, HeaderWords = 4 }; // "CPUP"

static uint32_t *words; // NULL: no memory
static size_t nwords, room;
static int64_t began;
NOROOT(began)
static uint32_t through;  // the log has been read
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
	free(words);
	words = more;
	return more != NULL;
}

// Reads while the profile runs, so that its log does not get full.
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

bool
rt_answer_cpustart(uint32_t hz)
{
	static const Site site = {"", "", 0};

	if (!rt_cpuprof_start((int)hz, true))
		return false;
	began = os_nanotime();
	nwords = HeaderWords;
	room = 1024;
	words = rt_malloc_noscan(room * sizeof *words);
	rt_newproc(collect, NULL, 0, &site, true);
	return true;
}

static void
put_header(uint64_t duration)
{
	if (!words)
		return;
	words[0] = CpuMagic;
	words[1] = CpuVersion;
	memcpy(words + 2, &duration, sizeof duration);
}

MAYSWITCH void *
rt_answer_cpustop(size_t *bytes)
{
	uint64_t duration = (uint64_t)(os_nanotime() - began);

	if (!rt_cpuprof_stop(true))
		return NULL;
	rt_semacquire(&through, WaitHostIdle);
	put_header(duration);
	*bytes = nwords * sizeof *words;
	return words;
}

// The same when the program has died while the host's profile was running: the words come in pieces; 0: there are
// no more. Only the host's thread is left, and no lock is taken.
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
		put_header((uint64_t)(os_nanotime() - began));
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
