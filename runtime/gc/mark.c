#include "gc.h"

#include "../base/noroot.h"
#include "../base/os.h"
#include "../base/throw.h"
#include "../sched/sched.h"

// Marking. Each M that takes part has a buffer of blocks that are marked and not yet scanned. A
// full buffer goes to a list that all share. An M without a buffer takes one from there. While
// other Ms look for work, an M splits a long buffer with them. There is no recursion, so the depth
// of a structure does not matter.
//
// Two Ms may mark the same block at the same moment. It is then scanned twice, which does no harm.

enum {
	BufEntries = 1020,
	SlabBytes = 256 << 10,
	Piece = 128 << 10, // large blocks are scanned in pieces of so many bytes
	AtOnce = 16,
};

struct WorkBuf {
	WorkBuf *next;
	uint32_t n;
	uintptr_t at[BufEntries];
};

static struct {
	Lock lock;
	WorkBuf *full, *empty;
} mark = {.lock = LOCK_INIT(RankMark)};
NOROOT(mark)

AtomicU32 rt_mark_nfull, rt_mark_nidle;
uint32_t rt_mark_nhandoff;

// --- buffers ---

// Memory for the collector's own use, never given back.
static void
more_buffers_locked(void)
{
	WorkBuf *b = os_pages(SlabBytes);

	if (!b)
		rt_throw("gc: out of memory while marking");
	rt_mheap.metabytes += SlabBytes;
	for (uint32_t i = 0; i < SlabBytes / sizeof *b; i++) {
		b[i].next = mark.empty;
		mark.empty = &b[i];
	}
}

static WorkBuf *
get_empty(void)
{
	WorkBuf *b;

	rt_lock(&mark.lock);
	if (!mark.empty)
		more_buffers_locked();
	b = mark.empty;
	mark.empty = b->next;
	rt_unlock(&mark.lock);
	b->n = 0;
	return b;
}

static void
put_empty(WorkBuf *b)
{
	rt_lock(&mark.lock);
	b->next = mark.empty;
	mark.empty = b;
	rt_unlock(&mark.lock);
}

static void
put_full(WorkBuf *b)
{
	rt_lock(&mark.lock);
	b->next = mark.full;
	mark.full = b;
	store_seq(&rt_mark_nfull, load_relaxed(&rt_mark_nfull) + 1);
	rt_unlock(&mark.lock);
}

static WorkBuf *
get_full(void)
{
	WorkBuf *b;

	if (load_seq(&rt_mark_nfull) == 0)
		return NULL;
	rt_lock(&mark.lock);
	b = mark.full;
	if (b) {
		mark.full = b->next;
		store_seq(&rt_mark_nfull, load_relaxed(&rt_mark_nfull) - 1);
		rt_mark_nhandoff++;
	}
	rt_unlock(&mark.lock);
	return b;
}

static NOINLINE void
push_slow(Worker *w, uintptr_t p)
{
	if (w->buf)
		put_full(w->buf);
	w->buf = get_empty();
	w->buf->at[w->buf->n++] = p;
}

ALWAYS_INLINE void
push(Worker *w, uintptr_t p)
{
	WorkBuf *b = w->buf;

	if (unlikely(!b || b->n == BufEntries))
		push_slow(w, p);
	else
		b->at[b->n++] = p;
}

// --- scanning ---

static NOINLINE void
push_large(Worker *w, const Span *s)
{
	for (size_t at = 0; at < s->size; at += Piece)
		push(w, s->base + at);
}

void
rt_mark_large(Worker *w, const Span *s)
{
	push_large(w, s);
}

// p lies in the heap. Marks the block that holds it, if that block is allocated and not marked yet.
static void
mark_word(Worker *w, uintptr_t p)
{
	Span *s = rt_spans[rt_spaceof(p)];
	AtomicU8 *state;
	uint32_t i;

	if (!s || s->kind != SpanCollected) {
		if (likely(!w->other))
			return;
		if (!s || s->kind == SpanFree) {
			w->other(w, p);
			return;
		}
	}
	i = rt_blockof(s, p);
	state = (AtomicU8 *)&s->state[i];
	if ((load8_relaxed(state) & (ObjAlloc | ObjMark)) != ObjAlloc)
		return;
	store8_relaxed(state, load8_relaxed(state) | ObjMark);
	w->bytes += s->size;
	w->blocks++;
	if (s->noscan)
		return;
	if (s->class)
		push(w, s->base + i * s->size);
	else
		push_large(w, s);
}

NO_SANITIZE void
rt_mark_range(Worker *w, uintptr_t lo, uintptr_t hi)
{
	const uintptr_t *at = (const uintptr_t *)round_up(lo, sizeof *at);
	// Most words are no pointers. Each of them costs a load, a subtraction and a comparison.
	const uintptr_t heap = OS_SPACE + (rt_mheap.lo << PageShift);
	const uintptr_t bytes = (rt_mheap.hi - rt_mheap.lo) << PageShift;

	for (; (uintptr_t)(at + 1) <= hi; at++)
		if (*at - heap < bytes)
			mark_word(w, *at);
		else if (unlikely(w->other))
			w->other(w, *at);
}

static void
scan_block(Worker *w, uintptr_t p)
{
	Span *s = rt_spans[rt_spaceof(p)];
	uintptr_t end = s->base + s->size;

	if (s->class)
		rt_mark_range(w, p, p + s->size);
	else
		rt_mark_range(w, p, end - p < Piece ? end : p + Piece);
}

// Gives half of this M's blocks to the Ms that look for work.
static void
share(Worker *w)
{
	WorkBuf *b = w->buf, *half;

	if (b->n < 16 || load_relaxed(&rt_mark_nidle) == 0 || load_relaxed(&rt_mark_nfull) > 0)
		return;
	half = get_empty();
	half->n = b->n / 2;
	b->n -= half->n;
	for (uint32_t i = 0; i < half->n; i++)
		half->at[i] = b->at[b->n + i];
	put_full(half);
}

// Takes some blocks at a time, and touches all of them before it scans the first. The processor
// then waits for memory once, not once for each block. Marking is little else than waiting for
// memory.
static void
scan_some(Worker *w)
{
	WorkBuf *b = w->buf;
	uint32_t n = b->n < AtOnce ? b->n : AtOnce;
	uintptr_t block[AtOnce];

	b->n -= n;
	for (uint32_t i = 0; i < n; i++)
		block[i] = b->at[b->n + i];
	for (uint32_t i = 0; i < n; i++)
		(void)*(volatile uintptr_t *)block[i];
	for (uint32_t i = 0; i < n; i++)
		scan_block(w, block[i]);
}

void
rt_mark_drain(Worker *w)
{
	uint32_t turns = 0;

	for (;;) {
		while (w->buf && w->buf->n > 0) {
			scan_some(w);
			if (++turns % 16 == 0 && w->buf)
				share(w);
		}
		if (w->buf)
			put_empty(w->buf);
		w->buf = get_full();
		if (!w->buf)
			return;
	}
}
