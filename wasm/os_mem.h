#ifndef OS_MEM_H
#define OS_MEM_H

// The allocator's table covers 4 GiB from here on: all memory of this machine.
#define OS_SPACE ((uintptr_t)0)

// The C library's names are aliases of the runtime's functions, so they cost no extra call. The
// rest: malloc.c.
#define OS_MALLOC_NAMES                                                     \
	void *malloc(size_t) __attribute__((alias("rt_malloc")));           \
	void *calloc(size_t, size_t) __attribute__((alias("rt_calloc")));   \
	void *realloc(void *, size_t) __attribute__((alias("rt_realloc"))); \
	void free(void *) __attribute__((alias("rt_free")));

#endif
