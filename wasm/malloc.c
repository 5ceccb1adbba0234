#include "../runtime/mem/malloc.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "../runtime/base/os.h"

// The rest of the C library's allocator. malloc, calloc, realloc and free are aliases of functions
// in runtime/mem/malloc.c (os_mem.h). Emscripten's allocator is not linked (-sMALLOC=none), so the
// names by which its libraries call the allocator are here too. C++'s new calls malloc and
// posix_memalign.

void
os_nomemory(void)
{
	errno = ENOMEM;
}

static bool
ispower(size_t n)
{
	return n && !(n & (n - 1));
}

void *
memalign(size_t align, size_t n)
{
	if (ispower(align))
		return rt_memalign(align, n);
	errno = EINVAL;
	return NULL;
}

void *
aligned_alloc(size_t align, size_t n)
{
	return memalign(align, n);
}

int
posix_memalign(void **out, size_t align, size_t n)
{
	int before = errno;
	void *p;

	if (!ispower(align) || align % sizeof(void *))
		return EINVAL;
	p = rt_memalign(align, n);
	errno = before;
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}

void *
valloc(size_t n)
{
	return rt_memalign(PageSize, n);
}

void *
reallocarray(void *p, size_t n, size_t each)
{
	size_t bytes;

	if (!__builtin_mul_overflow(n, each, &bytes))
		return realloc(p, bytes);
	errno = ENOMEM;
	return NULL;
}

size_t
malloc_usable_size(void *p)
{
	return rt_usable(p);
}

// --- by other names ---

void *
__libc_malloc(size_t n)
{
	return rt_malloc(n);
}

void *
__libc_calloc(size_t n, size_t each)
{
	return rt_calloc(n, each);
}

void *
__libc_realloc(void *p, size_t n)
{
	return rt_realloc(p, n);
}

void
__libc_free(void *p)
{
	rt_free(p);
}

void *
emscripten_builtin_malloc(size_t n)
{
	return rt_malloc(n);
}

void *
emscripten_builtin_calloc(size_t n, size_t each)
{
	return rt_calloc(n, each);
}

void *
emscripten_builtin_realloc(void *p, size_t n)
{
	return rt_realloc(p, n);
}

void *
emscripten_builtin_memalign(size_t align, size_t n)
{
	return memalign(align, n);
}

void
emscripten_builtin_free(void *p)
{
	rt_free(p);
}
