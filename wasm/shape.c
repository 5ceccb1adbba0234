#include "shape.h"

MAYSWITCH uintptr_t
rt_thread_call(void *fn, uint32_t expected, uintptr_t a, uintptr_t b, uintptr_t c)
{
	uint32_t shape = rt_link_shape((uintptr_t)fn);

	switch (shape != UnknownShape ? shape : expected) {
	case SHAPE(0, 0):
		((void (*)(void))fn)();
		return 0;
	case SHAPE(0, 1):
		return ((uintptr_t(*)(void))fn)();
	case SHAPE(1, 0):
		((void (*)(uintptr_t))fn)(a);
		return 0;
	case SHAPE(1, 1):
		return ((uintptr_t(*)(uintptr_t))fn)(a);
	case SHAPE(2, 0):
		((void (*)(uintptr_t, uintptr_t))fn)(a, b);
		return 0;
	case SHAPE(2, 1):
		return ((uintptr_t(*)(uintptr_t, uintptr_t))fn)(a, b);
	case SHAPE(3, 0):
		((void (*)(uintptr_t, uintptr_t, uintptr_t))fn)(a, b, c);
		return 0;
	default:
		return ((uintptr_t(*)(uintptr_t, uintptr_t, uintptr_t))fn)(a, b, c);
	}
}

// The C library calls a handler: that of a key, of pthread_cleanup_push, or, without an argument,
// that of pthread_once. The link step puts these calls in the place of the library's.
EXPORT(rt_libc_handler)
MAYSWITCH void
rt_libc_handler(void *arg, void *fn)
{
	rt_thread_call(fn, SHAPE(1, 0), (uintptr_t)arg, 0, 0);
}

EXPORT(rt_libc_once)
MAYSWITCH void
rt_libc_once(void *fn)
{
	rt_thread_call(fn, SHAPE(0, 0), 0, 0, 0);
}
