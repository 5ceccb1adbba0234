#include "malloc.h"

#include "../base/noroot.h"
#include "../base/os.h"

// Cells for the allocator's own records: spans, and the states of their blocks. The sizes of state
// cells are powers of two. Cells are cut out of chunks and recycled, but never given back to the
// machine. The MHeap's lock is held.

enum {
	ChunkBytes = 16 << 10,
	StateClasses = 8,
	StateMin = 8,
	SpanCell = (sizeof(Span) + 15) & ~15
};

typedef struct Cell Cell;
struct Cell {
	Cell *next;
};

static Cell *spans, *states[StateClasses];
static char *chunk, *chunkend;
NOROOT(chunk)
NOROOT(chunkend)
static uint32_t nspans, nspancells; // in use, ever made

static void *
carve(size_t n)
{
	void *p;

	if ((size_t)(chunkend - chunk) < n) {
		chunk = os_alloc(ChunkBytes);
		if (!chunk)
			return chunkend = NULL;
		chunkend = chunk + ChunkBytes;
		rt_mheap.metabytes += ChunkBytes;
	}
	p = chunk;
	chunk += n;
	return p;
}

static void *
take(Cell **list, size_t n)
{
	Cell *cell = *list;

	if (!cell)
		return carve(n);
	*list = cell->next;
	return cell;
}

static void
give(Cell **list, void *p)
{
	Cell *cell = p;

	cell->next = *list;
	*list = cell;
}

Span *
rt_spancell_locked(void)
{
	nspans++;
	nspancells += !spans;
	return take(&spans, SpanCell);
}

void
rt_spancells(uint64_t *inuse, uint64_t *sys)
{
	*inuse = (uint64_t)nspans * SpanCell;
	*sys = (uint64_t)nspancells * SpanCell;
}

void
rt_spancell_free_locked(Span *s)
{
	nspans--;
	give(&spans, s);
}

static uint32_t
stateclass(uint32_t nelems)
{
	uint32_t c = 0;

	while ((uint32_t)StateMin << c < nelems)
		c++;
	return c;
}

uint8_t *
rt_statecell_locked(uint32_t nelems)
{
	uint32_t c = stateclass(nelems);

	return take(&states[c], (size_t)StateMin << c);
}

void
rt_statecell_free_locked(uint8_t *state, uint32_t nelems)
{
	give(&states[stateclass(nelems)], state);
}
