#ifndef OS_SBRK_H
#define OS_SBRK_H

// The end of linear memory, sbrk.c.

// Before another thread runs.
void os_memory_start(void);

#endif
