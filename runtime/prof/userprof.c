#include "userprof.h"

#include <stdlib.h>
#include <string.h>

#include "../base/lock.h"
#include "../base/throw.h"
#include "../sync/panic.h"
#include "traceback.h"

// A table of values, each with the stack that added it. Entries are made and freed without the
// lock, which ranks above malloc's.

enum { Chains = 1024 };

typedef struct Entry Entry;
struct Entry {
	const void *value;
	Entry *next;
	uint32_t n, pcs[MaxStackRecord];
};

struct GoProfile {
	char *name;
	Lock lock;
	size_t count;
	Entry *chains[Chains];
};

static Lock making = LOCK_INIT(RankProf);
static AtomicPtr profiles[MaxProfiles]; // an entry never changes once it is set

GoProfile *
rt_userprof(uint32_t i)
{
	return i < MaxProfiles ? (GoProfile *)loadp_acq(&profiles[i]) : NULL;
}

const char *
rt_userprof_name(const GoProfile *p)
{
	return p->name;
}

static bool
is_built_in(const char *name)
{
	static const char *const names[] = {"goroutine", "threadcreate", "goroutineleak", "heap",
	                                    "allocs",    "block",        "mutex",         "cpu"};

	for (size_t i = 0; i < nelem(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

GoProfile *
go_profile_lookup(const char *name)
{
	GoProfile *p;

	rt_nonil_here(name);
	for (uint32_t i = 0; (p = rt_userprof(i)) != NULL; i++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

static bool
enter(GoProfile *p)
{
	uint32_t i = 0;
	bool ok;

	rt_lock(&making);
	ok = !go_profile_lookup(p->name);
	while (ok && rt_userprof(i))
		i++;
	ok = ok && i < MaxProfiles;
	if (ok)
		storep_rel(&profiles[i], (uintptr_t)p);
	rt_unlock(&making);
	return ok;
}

MAYSWITCH GoProfile *
go_profile_new(const char *name)
{
	GoProfile *p;

	if (!name || !name[0])
		go_panic("pprof: NewProfile with empty name");
	if (is_built_in(name) || go_profile_lookup(name))
		go_panic("pprof: NewProfile name already in use");
	p = calloc(1, sizeof *p);
	if (!p || !(p->name = strdup(name)))
		rt_throw("pprof: out of memory");
	p->lock.rank = RankProf;
	if (!enter(p))
		go_panic("pprof: NewProfile name already in use, or there are 128");
	return p;
}

static Entry **
find(GoProfile *p, const void *value)
{
	Entry **link = &p->chains[(uint32_t)((uintptr_t)value >> 3) * 2654435761u >> 22];

	while (*link && (*link)->value != value)
		link = &(*link)->next;
	return link;
}

static_assert(Chains == 1 << (32 - 22), "find takes so many bits");

NOINLINE MAYSWITCH void
go_profile_add(GoProfile *p, const void *value, int skip)
{
	Entry *e, **link;
	bool twice;

	rt_nonil(p);
	e = rt_must(calloc(1, sizeof *e), "pprof: out of memory for an entry");
	e->value = value;
	e->n = (uint32_t)rt_callers((uint32_t)(skip < 0 ? 0 : skip) + 1, e->pcs, MaxStackRecord);
	rt_lock(&p->lock);
	link = find(p, value);
	twice = *link;
	if (!twice) {
		*link = e;
		p->count++;
	}
	rt_unlock(&p->lock);
	if (!twice)
		return;
	free(e);
	go_panic("pprof: Profile.Add of duplicate value");
}

void
go_profile_remove(GoProfile *p, const void *value)
{
	Entry **link, *e;

	rt_nonil_here(p);
	rt_lock(&p->lock);
	link = find(p, value);
	e = *link;
	if (e) {
		*link = e->next;
		p->count--;
	}
	rt_unlock(&p->lock);
	free(e);
}

size_t
go_profile_count(GoProfile *p)
{
	size_t n;

	rt_nonil_here(p);
	rt_lock(&p->lock);
	n = p->count;
	rt_unlock(&p->lock);
	return n;
}

StackRecord *
rt_userprof_died(const GoProfile *p, StackRecord *to)
{
	static const Entry *next;
	static uint32_t chain; // the one behind that of next

	while (!next && chain < Chains)
		next = p->chains[chain++];
	if (!next) {
		chain = 0;
		return NULL;
	}
	to = put_stack(to, next->pcs, next->n, 0);
	next = next->next;
	return to;
}

size_t
rt_userprof_write(GoProfile *p, StackRecord *to, size_t max, uint32_t *n)
{
	size_t all = 0;

	rt_lock(&p->lock);
	*n = (uint32_t)p->count;
	for (uint32_t i = 0; i < Chains; i++)
		for (const Entry *e = p->chains[i]; e; e = e->next) {
			all += sizeof *to + e->n * sizeof *to->pcs;
			if (all <= max)
				to = put_stack(to, e->pcs, e->n, 0);
		}
	rt_unlock(&p->lock);
	return all;
}
