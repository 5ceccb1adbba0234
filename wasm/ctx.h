#ifndef OS_CTX_H
#define OS_CTX_H

#include <stdbool.h>
#include <stdint.h>

// The pc of go_protect's call to rt_protect_mark, from the symbol table.
void os_ctx_protect_pc(uint32_t pc);

// From the symbol table (runtime/prof/symtab.c): size of the frame that begins with pc, and
// whether two pcs are of one function.
uint32_t rt_pc_framebytes(uint32_t pc);
bool rt_pc_samefunc(uint32_t a, uint32_t b);

// Also from there: name of a function by its index before the link step; "" unknown.
const char *rt_symtab_name(uint32_t index);

#endif
