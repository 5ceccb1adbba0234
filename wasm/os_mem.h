#ifndef OS_MEM_H
#define OS_MEM_H

// Where the 4 GiB begin that the allocator's table covers: here they are all there is.
#define OS_SPACE ((uintptr_t)0)

// The C library's malloc is ours, under these names without a call between. The rest: malloc.c.
#define OS_MALLOC_NAMES                                                     \
	void *malloc(size_t) __attribute__((alias("rt_malloc")));           \
	void *calloc(size_t, size_t) __attribute__((alias("rt_calloc")));   \
	void *realloc(void *, size_t) __attribute__((alias("rt_realloc"))); \
	void free(void *) __attribute__((alias("rt_free")));

#endif
