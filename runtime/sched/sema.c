// Semaphores at goroutine level. After sema.goc of Go 1, but with another queue in each root.
//
// A root is a lock and a tree with a node for every semaphore that has waiters. The node is the
// first waiter; further ones hang in a list behind it. So no step takes longer than a walk down
// the tree, however many waiters or semaphores a root has.
//
// The tree is a digital search tree: at depth d, the d-th bit of the mixed address says left or
// right, and a node lies anywhere on its path. It needs no balancing: the paths of two addresses
// part after at most as many steps as a word has bits. Any leaf below a node may replace it.

#include "sema.h"

#include "../base/noroot.h"
#include "../base/throw.h"

enum { NRoots = 251, WordBits = sizeof(uintptr_t) * 8 };

typedef struct SemaRoot SemaRoot;
struct SemaRoot {
	_Alignas(CacheLine) Lock lock;
	// Waiters here, for all semaphores of the root. Why no wake-up is lost:
	//	waiter	 nwait + 1, then looks at the semaphore once more, then sleeps
	//	releaser semaphore + 1, then looks at nwait
	// Whichever comes second sees what the other one did. Written with the lock held, read
	// without.
	AtomicU32 nwait;
	SemaLink tree;
};

static SemaRoot roots[NRoots];
NOROOT(roots)

static_assert(sizeof(AtomicU32) == sizeof(uint32_t), "a semaphore is one plain word");

static SemaRoot *
root_of(const uint32_t *sema)
{
	return &roots[(uintptr_t)sema / 8 % NRoots];
}

// The factor is odd, so different addresses stay different. The high bits depend on the whole
// address, and are used first.
static uintptr_t
mix(const uint32_t *sema)
{
	const uint64_t golden = WordBits == 64 ? 0x9e3779b97f4a7c15 : 0x9e3779b9;

	return (uintptr_t)sema * (uintptr_t)golden;
}

static SemaWaiter *
at(SemaLink link)
{
	return (SemaWaiter *)(link & ~(SemaLink)1);
}

static SemaLink
to(SemaWaiter *w)
{
	return (SemaLink)w | 1;
}

// The link to the first waiter for sema, or the empty link where it belongs.
static SemaLink *
find(SemaRoot *root, const uint32_t *sema)
{
	SemaLink *link = &root->tree;

	for (uintptr_t key = mix(sema); *link != 0 && at(*link)->sema != sema; key <<= 1)
		link = &at(*link)->child[key >> (WordBits - 1)];
	return link;
}

static void
put(SemaRoot *root, SemaWaiter *w, bool lifo)
{
	SemaLink *link = find(root, w->sema);
	SemaWaiter *first = at(*link);

	w->queued = true;
	w->next = NULL;
	w->last = w;
	w->child[0] = w->child[1] = 0;
	if (!first) {
		*link = to(w);
	} else if (lifo) {
		w->child[0] = first->child[0];
		w->child[1] = first->child[1];
		w->next = first;
		w->last = first->last;
		*link = to(w);
	} else {
		first->last->next = w;
		first->last = w;
	}
}

// Takes the node at *link out of the tree; a leaf from below takes its place.
static void
prune(SemaLink *link)
{
	SemaWaiter *gone = at(*link);
	SemaLink *leaf = link;
	SemaWaiter *w;

	while (at(*leaf)->child[0] != 0 || at(*leaf)->child[1] != 0)
		leaf = &at(*leaf)->child[at(*leaf)->child[0] == 0];
	w = at(*leaf);
	*leaf = 0;
	if (w == gone)
		return;
	w->child[0] = gone->child[0];
	w->child[1] = gone->child[1];
	*link = to(w);
}

// Takes the first waiter for sema off the queue; NULL: there is none.
static SemaWaiter *
get(SemaRoot *root, const uint32_t *sema)
{
	SemaLink *link = find(root, sema);
	SemaWaiter *first = at(*link);
	SemaWaiter *next;

	if (!first)
		return NULL;
	first->queued = false;
	next = first->next;
	if (!next) {
		prune(link);
		return first;
	}
	next->child[0] = first->child[0];
	next->child[1] = first->child[1];
	next->last = first->last;
	*link = to(next);
	return first;
}

static bool
take(uint32_t *sema)
{
	AtomicU32 *count = (AtomicU32 *)sema;
	uint32_t n;

	while ((n = load_seq(count)) > 0)
		if (cas_acqrel(count, n, n - 1))
			return true;
	return false;
}

void
rt_semainit(void)
{
	for (size_t i = 0; i < nelem(roots); i++)
		roots[i].lock.rank = RankSema;
}

Lock *
rt_semastart(uint32_t *sema, SemaWaiter *w, bool lifo)
{
	SemaRoot *root;

	if (take(sema))
		return NULL;
	root = root_of(sema);
	rt_lock(&root->lock);
	add_seq(&root->nwait, 1); // before the second try, or a release in between is missed
	if (take(sema)) {
		add_seq(&root->nwait, -1u);
		rt_unlock(&root->lock);
		return NULL;
	}
	w->gp = rt_g();
	w->sema = sema;
	w->handoff = false;
	put(root, w, lifo);
	return &root->lock;
}

void
rt_semrelease(uint32_t *sema, bool handoff)
{
	SemaRoot *root = root_of(sema);
	SemaWaiter *w;
	G *gp;

	add_seq((AtomicU32 *)sema, 1);
	if (load_seq(&root->nwait) == 0) // after the add, or a waiter about to sleep is missed
		return;
	rt_lock(&root->lock);
	w = get(root, sema);
	if (w)
		add_seq(&root->nwait, -1u);
	rt_unlock(&root->lock);
	if (!w)
		return;
	if (handoff)
		w->handoff = take(sema);
	gp = w->gp; // w lies in a frame that may end as soon as gp runs
	rt_ready(gp);
}

// --- words that are no semaphores ---

Lock *
rt_semaenter(const uint32_t *word, SemaWaiter *w)
{
	SemaRoot *root = root_of(word);

	w->gp = rt_g();
	w->sema = word;
	w->handoff = false;
	rt_lock(&root->lock);
	add_seq(&root->nwait, 1); // before the caller looks at the word
	put(root, w, false);
	return &root->lock;
}

Lock *
rt_semalock(const SemaWaiter *w)
{
	SemaRoot *root = root_of(w->sema);

	rt_lock(&root->lock);
	return &root->lock;
}

SemaWaiter *
rt_semafind_locked(const uint32_t *word, const G *gp)
{
	SemaWaiter *w = at(*find(root_of(word), word));

	while (w && w->gp != gp)
		w = w->next;
	return w;
}

void
rt_semaleave_locked(SemaWaiter *w)
{
	SemaRoot *root = root_of(w->sema);
	SemaWaiter *before = at(*find(root, w->sema)), *first = before;

	add_seq(&root->nwait, -1u);
	if (w == first) {
		get(root, w->sema);
		return;
	}
	while (before->next != w)
		before = before->next;
	before->next = w->next;
	if (first->last == w)
		first->last = before;
	w->queued = false;
}

uint32_t
rt_semawake(const uint32_t *word, uint32_t n, bool outside)
{
	SemaRoot *root = root_of(word);
	SemaWaiter *w, *list = NULL, **end = &list;
	uint32_t woken = 0;

	fence_seq(); // the caller has changed the word
	if (load_seq(&root->nwait) == 0)
		return 0;
	rt_lock(&root->lock);
	for (; woken < n && (w = get(root, word)) != NULL; woken++) {
		w->handoff = true;
		w->next = NULL;
		*end = w;
		end = &w->next;
	}
	add_seq(&root->nwait, -woken);
	if (outside)
		add_seq(&sched.hostpending, woken);
	rt_unlock(&root->lock);
	while ((w = list) != NULL) {
		G *gp = w->gp;

		list = w->next; // w lies in a frame that may end as soon as gp runs
		if (outside)
			rt_ready_outside(gp);
		else
			rt_ready(gp);
	}
	return woken;
}

// Recursion is no deeper than a word has bits.
static void
each(const SemaWaiter *node, void (*fn)(void *arg, const SemaWaiter *w), void *arg)
{
	if (!node)
		return;
	for (const SemaWaiter *w = node; w; w = w->next)
		fn(arg, w);
	each(at(node->child[0]), fn, arg);
	each(at(node->child[1]), fn, arg);
}

void
rt_semaeach(void (*fn)(void *arg, const SemaWaiter *w), void *arg)
{
	for (size_t i = 0; i < NRoots; i++)
		each(at(roots[i].tree), fn, arg);
}
