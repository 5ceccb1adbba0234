#ifndef OS_MEM_H
#define OS_MEM_H

// Where the 4 GiB begin that the allocator's table covers: what os_pages reserved.
#define OS_SPACE os_space
extern uintptr_t os_space;
// malloc stays the sanitizer's.
#define OS_MALLOC_NAMES

// Bytes that os_pages gives at most.
extern size_t os_pages_limit;

#endif
