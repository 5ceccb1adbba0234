#include "symtab.h"

#include <string.h>

#include "../base/os.h"
#include "texts.h"

static uint32_t nfuncs, maxpc, nlocs, noffsets, nnames, ntable, nlands, protectpc, firstresume;
static const TablesFunc *funcs;
static const uint32_t *sites, *names;
static uint32_t *landbits; // two for each pc; NULL: nothing lands
static const TablesLoc *locs;
static const TablesOffset *offsets;
static const TablesSlot *table;
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

static bool
index_lands(const uint32_t *lands)
{
	if (nlands == 0)
		return true;
	landbits = os_alloc((maxpc / 16 + 1) * sizeof *landbits); // all 0
	if (!landbits)
		return false;
	for (uint32_t i = 0; i < nlands; i++) {
		uint32_t pc = lands[i] / 4;

		if (pc > maxpc)
			return false;
		landbits[pc / 16] |= lands[i] % 4 << pc % 16 * 2;
	}
	return true;
}

// NULL: no pc.
static const TablesFunc *
funcof(uint32_t pc)
{
	return pc - 1 < maxpc ? &funcs[rt_pcinfo[pc].resume - firstresume] : NULL; // 0 is none
}

int
rt_symtab_load(const void *p, size_t n)
{
	const TablesHead *head = p;
	const uint32_t *lands;
	size_t bytes;

	if (n < sizeof *head)
		return -1;
	if (head->magic != TablesMagic)
		return -2;
	if (head->version != AbiVersion)
		return -3;
	nfuncs = head->nfuncs, maxpc = head->maxpc, nlocs = head->nlocs;
	noffsets = head->noffsets, nnames = head->nnames, ntable = head->nslots;
	nlands = head->nlands, nstrings = head->text_bytes, protectpc = head->protectpc,
	firstresume = head->firstresume;
	bytes = sizeof *head + nfuncs * sizeof *funcs + ((size_t)maxpc + 1) * sizeof *sites +
	        nlocs * sizeof *locs + noffsets * sizeof *offsets + nnames * sizeof *names +
	        ntable * sizeof *table + nlands * sizeof *lands;
	if (bytes + nstrings > n)
		return -4;
	funcs = (const TablesFunc *)(head + 1);
	sites = (const uint32_t *)(funcs + nfuncs);
	locs = (const TablesLoc *)(sites + maxpc + 1);
	offsets = (const TablesOffset *)(locs + nlocs);
	names = (const uint32_t *)(offsets + noffsets);
	table = (const TablesSlot *)(names + nnames);
	lands = (const uint32_t *)(table + ntable);
	strings = (const char *)(lands + nlands);
	return index_pcs() && index_lands(lands) ? 0 : -4;
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
	const TablesFunc *f;

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
	if (pc & PC_FUNCTION) {
		if (!getloc(pc & ~PC_FUNCTION, loc))
			return false;
		loc->line = 0;
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
	const TablesFunc *f = funcof(pc);

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
rt_pc_lands(uint32_t pc)
{
	return pc <= maxpc && landbits ? landbits[pc / 16] >> pc % 16 * 2 & 3 : 0;
}

bool
rt_symtab_lands(void)
{
	return nlands != 0;
}

uint32_t
rt_symtab_protectpc(void)
{
	return protectpc;
}

static uint32_t
locat(uint32_t offset)
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

uint32_t
rt_symtab_engine(uint32_t function, uint32_t offset)
{
	if (offset)
		return PC_LOC | locat(offset);
	return PC_FUNCTION | locat(TablesFunctions + function);
}

// The place with a number; 0: not known.
static uint32_t
numbered(uint32_t first, uint32_t number)
{
	uint32_t loc = locat(first + number);

	return loc ? PC_LOC | loc : 0;
}

uint32_t
rt_symtab_poll(uint32_t number)
{
	return numbered(TablesPolls, number);
}

uint32_t
rt_symtab_creation(uint32_t number)
{
	return number ? numbered(TablesCreations, number) : 0;
}

uint32_t
rt_symtab_function(uint32_t slot)
{
	return slot < ntable && table[slot].loc ? PC_FUNCTION | table[slot].loc : 0;
}

const char *
rt_symtab_name(uint32_t index)
{
	return index < nnames ? str(names[index]) : "";
}
