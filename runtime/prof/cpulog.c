#include "cpulog.h"

#include <string.h>

#include "../sched/sched.h"
#include "texts.h"

typedef struct Entry Entry;
struct Entry {
	uintptr_t count, depth; // count 0: free
	uint32_t stack[CpuDepth];
};

typedef struct Tables Tables;
struct Tables {
	Entry sets[CpuSets][CpuWays];
	uintptr_t halves[2][CpuHalfWords];
};

static Lock lock = LOCK_INIT(RankProf);
static Tables *t;                     // made with the first profile, and kept
static enum { Off, On, Ended } state; // Ended: the rest is still to be read
static bool byhost;                   // it is the host's profile; set when it is opened
static uint32_t writing;              // the half that is written
static size_t used;                   // words in it
static size_t full;                   // words in the other half, until they are read
static bool held;                     // the reader uses them: its next call sets full to 0
static uintptr_t lost;
static G *reader; // waits; or NULL

static void
put_locked(uintptr_t word)
{
	t->halves[writing][used++] = word;
}

// Changes the halves. False: the reader still needs the other half.
static bool
turn_locked(void)
{
	if (full)
		return false;
	full = used;
	writing ^= 1;
	used = 0;
	if (lost) {
		put_locked(lost);
		put_locked(1);
		put_locked(PC_TEXT | TextLost);
		lost = 0;
	}
	return true;
}

static bool
evict_locked(Entry *e)
{
	if (used + 2 + e->depth > CpuHalfWords && !turn_locked())
		return false;
	put_locked(e->count);
	put_locked(e->depth);
	for (uint32_t i = 0; i < e->depth; i++)
		put_locked(e->stack[i]);
	e->count = 0;
	return true;
}

// The set of entries where this stack belongs. The hash is Go 1's.
static Entry *
set_of(const uint32_t *pcs, size_t n)
{
	uint32_t h = 0;

	for (size_t i = 0; i < n; i++) {
		h = h << 8 | h >> 24;
		h += pcs[i] * 41;
	}
	return t->sets[h % CpuSets];
}

static void
add_locked(const uint32_t *pcs, size_t n, uint32_t count)
{
	Entry *set = set_of(pcs, n), *least = set;

	for (Entry *e = set; e < set + CpuWays; e++) {
		if (e->count && e->depth == n && memcmp(e->stack, pcs, n * sizeof *pcs) == 0) {
			e->count += count;
			return;
		}
		if (e->count < least->count)
			least = e;
	}
	if (least->count && !evict_locked(least)) {
		lost += count;
		return;
	}
	least->depth = n;
	memcpy(least->stack, pcs, n * sizeof *pcs);
	least->count = count; // last: if the thread dies in between, the entry is free
}

// Moves what is left in the table to the log, as far as there is room.
static void
flush_locked(void)
{
	for (uint32_t i = 0; i < CpuSets * CpuWays; i++) {
		Entry *e = &t->sets[i / CpuWays][i % CpuWays];

		if (e->count && (!evict_locked(e) || full))
			return;
	}
	if (used)
		turn_locked();
}

// Readies the reader only after the unlocking, because that takes locks of lower rank.
static void
unlock_and_wake(void)
{
	G *gp = state != On || full ? reader : NULL;

	if (gp)
		reader = NULL;
	rt_unlock(&lock);
	if (gp)
		rt_ready(gp);
}

bool
rt_cpulog_open(uint32_t period_us, bool host)
{
	const uintptr_t header[] = {0, 3, 0, period_us, 0};
	bool ok;

	rt_lock(&lock);
	if (!t)
		t = os_alloc(sizeof *t);
	ok = t && state == Off;
	if (ok) {
		state = On;
		byhost = host;
		memcpy(t->halves[writing], header, sizeof header);
		used = nelem(header);
	}
	rt_unlock(&lock);
	return ok;
}

void
rt_cpulog_add(const uint32_t *pcs, size_t n, uint32_t count)
{
	rt_lock(&lock);
	if (state == On)
		add_locked(pcs, n < CpuDepth ? n : CpuDepth, count);
	unlock_and_wake();
}

void
rt_cpulog_close(void)
{
	rt_lock(&lock);
	if (state == On)
		state = Ended;
	unlock_and_wake();
}

// The reader no longer needs the words that it got last.
static void
release_locked(void)
{
	if (held)
		full = 0;
	held = false;
}

static size_t
take_locked(const uintptr_t **words)
{
	static const uintptr_t end[] = {0, 1, 0};

	if (state == Ended && !full)
		flush_locked();
	if (full) {
		held = true;
		*words = t->halves[writing ^ 1];
		return full;
	}
	if (state != Ended)
		return 0;
	state = Off;
	*words = end;
	return nelem(end);
}

size_t
rt_cpulog_read(const uintptr_t **words, bool host)
{
	size_t n = 0;

	rt_lock(&lock);
	if (!reader && byhost == host) {
		release_locked();
		while (state == On && !full) {
			reader = rt_g();
			rt_park_unlock(&lock, WaitCpuProfile);
			rt_lock(&lock);
		}
		n = take_locked(words);
	}
	rt_unlock(&lock);
	return n;
}

void
rt_cpulog_died(bool reread)
{
	if (state == On)
		state = Ended;
	if (reread)
		held = false;
}

void
rt_cpulog_died_add(uint32_t pc, uint32_t count)
{
	if (state != Off)
		add_locked(&pc, 1, count);
}

size_t
rt_cpulog_died_read(const uintptr_t **words)
{
	release_locked();
	return take_locked(words);
}
