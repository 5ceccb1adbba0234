#include "symtab.h"

#include <string.h>

#include "../base/os.h"
#include "texts.h"

enum { Magic = 0x4d455357, Version = 3, HeaderWords = 12 };

typedef struct Func Func;
struct Func {
	uint32_t entry, bytes, name, kind, loc;
};

typedef struct RawLoc RawLoc;
struct RawLoc {
	uint32_t func, file, line, parent, kind;
};

typedef struct Offset Offset;
struct Offset {
	uint32_t offset, loc;
};

typedef struct Slot Slot;
struct Slot {
	uint32_t name, loc;
};

static uint32_t nfuncs, maxpc, nlocs, noffsets, nnames, ntable, protectpc, firstresume;
static const Func *funcs;
static const uint32_t *sites, *names;
static const RawLoc *locs;
static const Offset *offsets;
static const Slot *table;
static const char *strings;
static uint32_t nstrings;

const PcInfo *rt_pcinfo; // made at load

static const char *
str(uint32_t at)
{
	return at < nstrings ? strings + at : "";
}

static bool
index_pcs(void)
{
	PcInfo *info = os_alloc((maxpc + 1) * sizeof *info);

	if (!info)
		return false;
	if (nfuncs > 0 && funcs[0].entry != 1)
		return false;
	for (uint32_t i = 0; i < nfuncs; i++) {
		uint32_t end = i + 1 < nfuncs ? funcs[i + 1].entry : maxpc + 1;

		if (funcs[i].entry >= end || end > maxpc + 1)
			return false;
		for (uint32_t pc = funcs[i].entry; pc < end; pc++)
			info[pc] = (PcInfo){funcs[i].bytes, firstresume + i};
	}
	rt_pcinfo = info;
	return true;
}

// NULL: no pc.
static const Func *
funcof(uint32_t pc)
{
	return pc - 1 < maxpc ? &funcs[rt_pcinfo[pc].resume - firstresume] : NULL; // 0 is none
}

int
rt_symtab_load(const void *p, size_t n)
{
	const uint32_t *w = p;
	size_t words;

	if (n < HeaderWords * 4)
		return -1;
	if (w[0] != Magic)
		return -2;
	if (w[1] != Version)
		return -3;
	nfuncs = w[2], maxpc = w[3], nlocs = w[4], nstrings = w[5], noffsets = w[6];
	nnames = w[8], ntable = w[9], protectpc = w[10], firstresume = w[11];
	words = HeaderWords + (size_t)nfuncs * 5 + maxpc + 1 + (size_t)nlocs * 5 +
	        (size_t)noffsets * 2 + nnames + (size_t)ntable * 2;
	if (words * 4 + nstrings > n)
		return -4;
	w += HeaderWords;
	funcs = (const Func *)w, w += nfuncs * 5;
	sites = w, w += maxpc + 1;
	locs = (const RawLoc *)w, w += nlocs * 5;
	offsets = (const Offset *)w, w += noffsets * 2;
	names = w, w += nnames;
	table = (const Slot *)w, w += ntable * 2;
	strings = (const char *)w;
	return index_pcs() ? 0 : -4;
}

static bool
getloc(uint32_t i, Loc *loc)
{
	if (i == 0 || i >= nlocs)
		return false;
	loc->func = str(locs[i].func);
	loc->file = str(locs[i].file);
	loc->line = locs[i].line;
	loc->parent = locs[i].parent;
	loc->kind = locs[i].kind;
	return true;
}

bool
rt_symtab_loc(uint32_t pc, Loc *loc)
{
	const Func *f;

	if (pc & PC_LOC)
		return getloc(pc & ~PC_LOC, loc);
	if (pc & PC_ENTRY) {
		pc &= ~PC_ENTRY;
		if (pc >= ntable)
			return false;
		if (!getloc(table[pc].loc, loc))
			*loc = (Loc){.func = str(table[pc].name), .file = ""};
		return true;
	}
	if (pc & PC_TEXT) {
		*loc = (Loc){.func = rt_text_of(pc), .file = "", .kind = KindRuntime};
		return loc->func[0] != '\0';
	}
	f = funcof(pc);
	if (!f)
		return false;
	if (!getloc(sites[pc], loc))
		*loc = (Loc){.func = str(f->name), .file = "", .kind = f->kind};
	return true;
}

bool
rt_symtab_parent(const Loc *loc, Loc *parent)
{
	return getloc(loc->parent, parent);
}

uint32_t
rt_symtab_entry(uint32_t pc)
{
	const Func *f = funcof(pc);

	return f ? f->entry : pc;
}

uint32_t
rt_symtab_place(uint32_t pc)
{
	return pc - 1 < maxpc && sites[pc] ? PC_LOC | sites[pc] : pc;
}

uint32_t
rt_pc_framebytes(uint32_t pc)
{
	return pc - 1 < maxpc ? rt_pcinfo[pc].bytes : 0; // 0 is no pc
}

bool
rt_pc_samefunc(uint32_t a, uint32_t b)
{
	return funcof(a) && funcof(a) == funcof(b);
}

uint32_t
rt_symtab_protectpc(void)
{
	return protectpc;
}

uint32_t
rt_symtab_offset(uint32_t offset)
{
	uint32_t lo = 0, hi = noffsets;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (offsets[mid].offset <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? offsets[lo - 1].loc : 0;
}

const char *
rt_symtab_name(uint32_t index)
{
	return index < nnames ? str(names[index]) : "";
}
