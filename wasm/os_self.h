#ifndef OS_SELF_H
#define OS_SELF_H

// Who is running, on the wasm machine: two globals of the worker's own instance (globals.S). The
// compiler would keep the address of a thread-local over a switch. It cannot keep a volatile read
// of a wasm global: each rt_g() and rt_m() is one global.get.

__asm__(".globaltype rt_self_g, i32\n"
        ".globaltype rt_self_m, i32\n"
        ".globaltype rt_stack_lo, i32\n"
        ".globaltype rt_pinned, i32\n"
        ".globaltype rt_polls_left, i32\n"
        ".globaltype rt_inplace_left, i32\n"
        ".globaltype __stack_pointer, i32\n"
        ".globaltype __tls_base, i32\n");

extern bool rt_onethread; // set before the program begins (one.c)

ALWAYS_INLINE bool
os_alone(void)
{
	return rt_onethread;
}

ALWAYS_INLINE G *
rt_g(void)
{
	G *gp;

	__asm__ volatile("global.get rt_self_g\n local.set %0" : "=r"(gp));
	return gp;
}

ALWAYS_INLINE M *
rt_m(void)
{
	M *mp;

	__asm__ volatile("global.get rt_self_m\n local.set %0" : "=r"(mp));
	return mp;
}

ALWAYS_INLINE void
rt_set_g(G *gp)
{
	__asm__ volatile("local.get %0\n global.set rt_self_g" : : "r"(gp) : "memory");
}

ALWAYS_INLINE void
rt_set_m(M *mp)
{
	__asm__ volatile("local.get %0\n global.set rt_self_m" : : "r"(mp) : "memory");
}

// The lowest value the C stack pointer may take; 0 on threads that run no goroutine.
ALWAYS_INLINE void
os_set_stack_lo(uintptr_t lo)
{
	__asm__ volatile("local.get %0\n global.set rt_stack_lo" : : "r"(lo) : "memory");
}

// How many frames of libc that are not instrumented wait for a callback of the program (atexit, the
// hooks of a stream). Code of the link step counts them: see link/pinned.js.
ALWAYS_INLINE uint32_t
os_pinned(void)
{
	uint32_t n;

	__asm__ volatile("global.get rt_pinned\n local.set %0" : "=r"(n));
	return n;
}

ALWAYS_INLINE void
os_pin(void)
{
	__asm__ volatile("i32.const 1\n global.set rt_pinned" : : : "memory");
}

ALWAYS_INLINE void
os_unpin(void)
{
	__asm__ volatile("i32.const 0\n global.set rt_pinned" : : : "memory");
}

// With one thread polls count down: see link/pollroom.js.
ALWAYS_INLINE int32_t
os_polls_left(bool inplace)
{
	int32_t n;

	if (inplace)
		__asm__ volatile("global.get rt_inplace_left\n local.set %0" : "=r"(n));
	else
		__asm__ volatile("global.get rt_polls_left\n local.set %0" : "=r"(n));
	return n;
}

ALWAYS_INLINE void
os_set_polls_left(bool inplace, int32_t n)
{
	if (inplace)
		__asm__ volatile("local.get %0\n global.set rt_inplace_left" : : "r"(n) : "memory");
	else
		__asm__ volatile("local.get %0\n global.set rt_polls_left" : : "r"(n) : "memory");
}

// Where the thread-locals of the running goroutine, or of the thread, are.
ALWAYS_INLINE uintptr_t
os_tls(void)
{
	uintptr_t tls;

	__asm__ volatile("global.get __tls_base\n local.set %0" : "=r"(tls));
	return tls;
}

ALWAYS_INLINE void
os_set_tls(uintptr_t tls)
{
	if (__builtin_wasm_tls_size() > 0)
		__asm__ volatile("local.get %0\n global.set __tls_base" : : "r"(tls) : "memory");
}

ALWAYS_INLINE uintptr_t
os_getsp(void)
{
	uintptr_t sp;

	__asm__ volatile("global.get __stack_pointer\n local.set %0" : "=r"(sp) : : "memory");
	return sp;
}

ALWAYS_INLINE void
os_setsp(uintptr_t sp)
{
	__asm__ volatile("local.get %0\n global.set __stack_pointer" : : "r"(sp) : "memory");
}

#endif
