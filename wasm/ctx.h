#ifndef OS_CTX_H
#define OS_CTX_H

#include "../runtime/base/gmp.h"

// The pc of go_protect's call to rt_protect_mark, from the symbol table.
void os_ctx_protect_pc(uint32_t pc);

// A goroutine has unwound to leave frames behind: cuts them (land.c).
void os_land(M *mp, G *gp);

#endif
