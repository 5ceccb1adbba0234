#ifndef RT_SYMTAB_H
#define RT_SYMTAB_H

// From a pc to names and lines. A pc is the number of one suspendable call in the final module. The
// link step numbers these calls from 1. A frame in memory begins with its pc. The tables come from
// the module's custom section "worldsema". The host hands them over before boot, so that a
// traceback in a stopped world neither allocates nor loads anything. wasm/README.md describes the
// layout.

#include "../ask/words.h"
#include "../base/base.h"

// A place in the sources. parent: the place it was inlined into, or NULL.
typedef struct Loc Loc;
struct Loc {
	const char *func;
	const char *file;
	uint32_t line;
	uint32_t parent; // the number of a Loc; 0: none
	uint32_t kind;
};

// A pc with this bit is the function-table slot of the entry of a goroutine that never ran.
#define PC_ENTRY ((uint32_t)1 << PcEntryBit)
// A pc with this bit is the number of a Loc: the frame comes from the engine, not from memory.
#define PC_LOC ((uint32_t)1 << PcPlaceBit)
// A pc with this bit is the number of a function's Loc: its line is not known.
#define PC_FUNCTION ((uint32_t)1 << PcFunctionBit)

// 0, or negative: -1 too short, -2 not a table, -3 another version, -4 inconsistent. The tables
// stay in use.
int rt_symtab_load(const void *p, size_t n);
// False: unknown pc.
bool rt_symtab_loc(uint32_t pc, Loc *loc);
bool rt_symtab_parent(const Loc *loc, Loc *parent);
// The first pc of the function that pc is in; pc itself if there is none.
uint32_t rt_symtab_entry(uint32_t pc);
// The place of a pc as PC_LOC, as the engine's frames have it; pc itself if it has none.
uint32_t rt_symtab_place(uint32_t pc);
// Bytes of the frame that begins with pc; 0: no such frame.
uint32_t rt_pc_framebytes(uint32_t pc);
// Indexed by pc, without a check: the bytes of its frame, and the slot of the function that resumes
// the frame.
typedef struct PcInfo PcInfo;
struct PcInfo {
	uint32_t bytes, resume;
};
extern const PcInfo *rt_pcinfo;
bool rt_pc_samefunc(uint32_t a, uint32_t b);
// What may land behind the call with this pc (enum Lands)? And does anything in the program?
uint32_t rt_pc_lands(uint32_t pc);
bool rt_symtab_lands(void);
uint32_t rt_symtab_protectpc(void);
// The pc of a frame that the engine gave: the index of a function in the final module, and an
// offset in its file. Offset 0: the engine gave none.
uint32_t rt_symtab_engine(uint32_t function, uint32_t offset);
// The pc of a poll in place, by its number; 0: not known.
uint32_t rt_symtab_poll(uint32_t number);
// The pc of a call that makes a thread, by its number; 0: not known.
uint32_t rt_symtab_creation(uint32_t number);
// The pc of the function in a slot of the function table, without a line; 0: not known.
uint32_t rt_symtab_function(uint32_t slot);
// The name of a function by its index before the link step; "": unknown.
const char *rt_symtab_name(uint32_t index);

#endif
