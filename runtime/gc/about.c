#include "about.h"

#include "../base/lock.h"
#include "../base/throw.h"

enum { FirstBuckets = 64 };

static Lock lock = LOCK_INIT(RankAbout);

void
rt_about_lock(void)
{
	rt_lock(&lock);
}

void
rt_about_unlock(void)
{
	rt_unlock(&lock);
}

static About **
bucket(const AboutTable *t, uintptr_t hidden)
{
	return &t->buckets[(hidden >> 3) * (uintptr_t)2654435761u % t->nbuckets];
}

static void
grow(AboutTable *t)
{
	About **old = t->buckets, *a, *next;
	size_t n = t->nbuckets;

	t->nbuckets = n ? 2 * n + 1 : FirstBuckets;
	t->buckets = rt_calloc(t->nbuckets, sizeof(About *));
	if (!t->buckets)
		rt_throw("gc: out of memory for finalizers and weak references");
	for (size_t i = 0; i < n; i++)
		for (a = old[i]; a; a = next) {
			next = a->next;
			a->next = *bucket(t, a->hidden);
			*bucket(t, a->hidden) = a;
		}
	rt_free(old);
}

About **
rt_about(AboutTable *t, const void *p)
{
	About **at;

	if (t->n >= t->nbuckets)
		grow(t);
	at = bucket(t, rt_hide(p));
	while (*at && (*at)->hidden != rt_hide(p))
		at = &(*at)->next;
	return at;
}

void
rt_about_insert(AboutTable *t, About **at, About *a, const void *p)
{
	a->hidden = rt_hide(p);
	a->next = *at;
	*at = a;
	t->n++;
}

About *
rt_about_remove(AboutTable *t, About **at)
{
	About *a = *at;

	*at = a->next;
	a->next = NULL;
	t->n--;
	return a;
}

Span *
rt_about_block(const void *p, uint32_t *i)
{
	Span *s = rt_spanof((uintptr_t)p);

	if (!s || s->kind != SpanCollected)
		return NULL;
	*i = s->class == 0 ? 0 : rt_blockof(s, (uintptr_t)p);
	return *i < s->nelems && (s->state[*i] & ObjAlloc) ? s : NULL;
}

uint8_t *
rt_about_state(uintptr_t hidden)
{
	Span *s = rt_spanof(~hidden);

	return &s->state[rt_blockof(s, ~hidden)];
}
