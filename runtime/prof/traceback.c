#include "traceback.h"

#include <string.h>

#include "../base/print.h"
#include "../base/self.h"
#include "../base/os.h"

size_t
rt_gentraceback(G *gp, uint32_t skip, uint32_t *pcs, size_t max)
{
	uintptr_t at = gp->saved, end = gp->saved + gp->nsaved;
	size_t n = 0;

	if (gp->nsaved == 0 && !gp->inplace) {
		if (max > 0)
			pcs[0] = PC_ENTRY | (uint32_t)(uintptr_t)gp->fn;
		return 1;
	}
	while (at < end) {
		uint32_t pc = *(uint32_t *)at, bytes = rt_pc_framebytes(pc);

		if (bytes == 0) // an unknown pc ends the walk quietly
			break;
		if (skip > 0)
			skip--;
		else if (n++ < max)
			pcs[n - 1] = pc;
		at += bytes;
	}
	for (uint32_t i = 0; gp->inplace && i < gp->inplace->nbelow; i++) {
		if (skip > 0)
			skip--;
		else if (n++ < max)
			pcs[n - 1] = gp->inplace->below[i];
	}
	return n;
}

// Is this the engine's frame of a loop that resumes frames from memory? If functions are inlined in
// the loop, its own function is the outermost one.
static bool
resumes(uint32_t pc, bool *last)
{
	Loc loc, parent;

	if (!rt_symtab_loc(pc, &loc))
		return false;
	while (rt_symtab_parent(&loc, &parent))
		loc = parent;
	*last = strcmp(loc.func, "rt_os_run_") == 0;
	return loc.kind == KindRuntime && (*last || strcmp(loc.func, "rt_callback_left") == 0);
}

// Reads frames from *at up to the next floor or the end, and moves *at there.
static size_t
walk(uintptr_t *at, uintptr_t end, size_t skip, uint32_t *pcs, size_t max)
{
	size_t n = 0;

	while (*at < end) {
		uint32_t pc = *(uint32_t *)*at, bytes = rt_pc_framebytes(pc);

		if (bytes == 0) {
			*at += sizeof pc;
			break;
		}
		*at += bytes;
		if (skip > 0)
			skip--;
		else if (n++ < max)
			pcs[n - 1] = rt_symtab_place(pc); // one stack, one list of pcs
	}
	return n;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
rt_with_rest(const G *gp, uint32_t *pcs, size_t n, size_t max, bool program)
{
	OsRange rest = gp ? os_rest(gp) : (OsRange){0, 0};
	uintptr_t end = rest.hi, at = rest.lo, from;
	// The first frame of each run is on the thread as well. A goroutine that has just left has
	// no frames to insert.
	size_t skip = gp && gp->nsaved ? SIZE_MAX : 1, stored = least(n, max), more, fit, tail;
	bool last = false;

	for (size_t i = 0; i < stored && !last; i++) {
		if (!resumes(pcs[i], &last))
			continue;
		from = at;
		more = walk(&at, end, skip, NULL, 0);
		fit = least(more, max - i);
		n = program && last ? i + more : n + more - program;
		tail = program && last ? 0 : stored - i - program;
		tail = least(tail, max - i - fit);
		memmove(pcs + i + fit, pcs + i + program, tail * sizeof *pcs);
		walk(&from, end, skip, pcs + i, fit);
		stored = i + fit + tail;
		i += fit - program;
		skip = 1;
	}
	return n;
}

typedef struct Callers Callers;
struct Callers {
	uint32_t skip;
	uint32_t *pcs;
	size_t max, n;
};

static void
callers0(M *mp, G *gp)
{
	Callers *c = gp->param;

	c->n = rt_gentraceback(gp, c->skip, c->pcs, c->max);
	mp->resume = true;
}

NOINLINE size_t
rt_callers(uint32_t skip, uint32_t *pcs, size_t max)
{
	Callers c = {skip + 1, pcs, max, 0}; // and this function itself

	rt_g()->param = &c;
	os_mcall(callers0);
	return c.n < max ? c.n : max;
}

bool
rt_showframe(const Loc *loc, int level)
{
	return level > 1 || loc->kind == KindUser || loc->kind == KindForeign;
}

int
rt_printframes(uint32_t pc, int level)
{
	uint32_t entry = rt_symtab_entry(pc);
	int shown = 0;
	Loc loc;

	for (bool more = rt_symtab_loc(pc, &loc); more; more = rt_symtab_parent(&loc, &loc)) {
		if (!rt_showframe(&loc, level))
			continue;
		shown++;
		rt_printf("%s(...)\n\t%s:%u", loc.func[0] ? loc.func : "?",
		          loc.file[0] ? loc.file : "?", loc.line);
		if (!(pc & (PC_LOC | PC_ENTRY)) && pc > entry)
			rt_printf(" +%x", pc - entry);
		rt_printnl();
	}
	return shown;
}
