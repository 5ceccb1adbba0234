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

// The function of the module that pc is in: the outermost one, if others are inlined there.
static bool
function_of(uint32_t pc, Loc *loc)
{
	Loc parent;

	if (!rt_symtab_loc(pc, loc))
		return false;
	while (rt_symtab_parent(loc, &parent))
		*loc = parent;
	return true;
}

bool
rt_same_function(uint32_t a, uint32_t b)
{
	Loc x, y;

	return function_of(a, &x) && function_of(b, &y) && strcmp(x.func, y.func) == 0;
}

bool
rt_lines_unknown(const uint32_t *pcs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pcs[i] & PC_FUNCTION)
			return true;
	return false;
}

size_t
rt_complete(const G *gp, uint32_t poll, uint32_t *pcs, size_t n, bool *partial)
{
	uint32_t at = rt_symtab_poll(poll), entry = rt_symtab_function((uint32_t)(uintptr_t)gp->fn);
	Loc loc;

	*partial = false;
	if (at && n > 0 && pcs[0] & PC_FUNCTION && rt_same_function(pcs[0], at)) {
		pcs[0] = at;
	} else if (at && (n == 0 || pcs[0] != at)) {
		*partial = n > 0 || !rt_same_function(at, entry); // else it is the whole stack
		memmove(pcs + 1, pcs, n++ * sizeof *pcs);
		pcs[0] = at;
	}
	if (rt_symtab_loc(entry, &loc) && rt_showframe(&loc, 1) &&
	    (n == 0 || !rt_same_function(pcs[n - 1], entry)))
		pcs[n++] = entry;
	*partial = *partial || rt_lines_unknown(pcs, n);
	return n;
}

// Is this the engine's frame of a loop that resumes frames from memory? The last one is in
// rt_os_run_. If an engine leaves that out, because it has inlined it, one of its callers is there.
static bool
resumes(const G *gp, uint32_t pc, bool *last)
{
	static const char *const lasts[] = {"rt_os_run_", "rt_execute", "rt_schedule", "rt_rounds",
	                                    "rt_host_mstart"};
	Loc loc;

	if (!function_of(pc, &loc))
		return false;
	*last = false;
	for (size_t i = 0; i < (gp ? nelem(lasts) : 1); i++)
		*last = *last || strcmp(loc.func, lasts[i]) == 0;
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

// The first frame of each run of frames is on the thread as well, and its pc in memory is an old
// one. If none of the engine's n frames is this one, returns its function; else 0.
static uint32_t
left_out(uintptr_t at, uintptr_t end, const uint32_t *pcs, size_t n)
{
	uint32_t pc = at < end ? *(uint32_t *)at : 0;
	Loc loc;

	if (!pc || n == 0 || !function_of(pcs[n - 1], &loc) || rt_same_function(pcs[n - 1], pc))
		return 0;
	pc = rt_symtab_place(rt_symtab_entry(pc));
	return pc & PC_LOC ? PC_FUNCTION | (pc & ~PC_LOC) : 0;
}

size_t
rt_with_rest(const G *gp, uint32_t *pcs, size_t n, size_t max, bool program)
{
	OsRange rest = gp ? os_rest(gp) : (OsRange){0, 0};
	uintptr_t end = rest.hi, at = rest.lo, from;
	// Not the first frame of each run: it is on the thread. A goroutine that has just left has
	// no frames to insert.
	size_t skip = gp && gp->nsaved ? SIZE_MAX : 1, stored = least(n, max), more, fit, tail;
	uint32_t lost;
	bool last = false;

	for (size_t i = 0; i < stored && !last; i++) {
		if (!resumes(gp, pcs[i], &last))
			continue;
		from = at;
		lost = skip == 1 ? left_out(at, end, pcs, i) : 0;
		skip -= lost != 0;
		more = walk(&at, end, skip, NULL, 0);
		fit = least(more, max - i);
		n = program && last ? i + more : n + more - program;
		tail = program && last ? 0 : stored - i - program;
		tail = least(tail, max - i - fit);
		memmove(pcs + i + fit, pcs + i + program, tail * sizeof *pcs);
		walk(&from, end, skip, pcs + i, fit);
		if (lost && fit > 0)
			pcs[i] = lost;
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
