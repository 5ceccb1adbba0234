#ifndef OS_CTX_H
#define OS_CTX_H

#include <stdbool.h>
#include <stdint.h>

// The pc of go_protect's call to rt_protect_mark, from the symbol table.
void os_ctx_protect_pc(uint32_t pc);

// Once, before the first goroutine.
void os_tls_start(void);

#endif
