#ifndef RT_ATOMIC_H
#define RT_ATOMIC_H

// Atomics with the memory order in the name. The only user of <stdatomic.h>. On wasm every atomic
// is sequentially consistent anyway. The names say what the algorithm needs, and the native machine
// checks that.

#include <stdatomic.h>
#include "base.h"

typedef _Atomic uint32_t AtomicU32;
typedef _Atomic uint64_t AtomicU64;
typedef _Atomic uintptr_t AtomicPtr;
typedef _Atomic uint8_t AtomicU8;

ALWAYS_INLINE uint32_t
load_acq(const AtomicU32 *p)
{
	return atomic_load_explicit(p, memory_order_acquire);
}

// wasm has no relaxed atomics, and a sequentially consistent store costs about 7 ns. An aligned
// plain access on wasm neither tears nor is undefined, and relaxed asks for no more.
ALWAYS_INLINE uint32_t
load_relaxed(const AtomicU32 *p)
{
#ifdef __wasm__
	return *(const volatile uint32_t *)p;
#else
	return atomic_load_explicit(p, memory_order_relaxed);
#endif
}

ALWAYS_INLINE uint8_t
load8_relaxed(const AtomicU8 *p)
{
#ifdef __wasm__
	return *(const volatile uint8_t *)p;
#else
	return atomic_load_explicit(p, memory_order_relaxed);
#endif
}

ALWAYS_INLINE void
store8_relaxed(AtomicU8 *p, uint8_t v)
{
#ifdef __wasm__
	*(volatile uint8_t *)p = v;
#else
	atomic_store_explicit(p, v, memory_order_relaxed);
#endif
}

ALWAYS_INLINE uint32_t
load_seq(const AtomicU32 *p)
{
	return atomic_load_explicit(p, memory_order_seq_cst);
}

ALWAYS_INLINE void
store_rel(AtomicU32 *p, uint32_t v)
{
	atomic_store_explicit(p, v, memory_order_release);
}

ALWAYS_INLINE void
store_relaxed(AtomicU32 *p, uint32_t v)
{
#ifdef __wasm__
	*(volatile uint32_t *)p = v;
#else
	atomic_store_explicit(p, v, memory_order_relaxed);
#endif
}

ALWAYS_INLINE void
store_seq(AtomicU32 *p, uint32_t v)
{
	atomic_store_explicit(p, v, memory_order_seq_cst);
}

// One compare-and-swap; true when *p was old and is now new.
ALWAYS_INLINE bool
cas_acqrel(AtomicU32 *p, uint32_t old, uint32_t new)
{
	return atomic_compare_exchange_strong_explicit(p, &old, new, memory_order_seq_cst,
	                                               memory_order_acquire);
}

// Adds and returns the new value.
ALWAYS_INLINE uint32_t
add_seq(AtomicU32 *p, uint32_t n)
{
	return atomic_fetch_add_explicit(p, n, memory_order_seq_cst) + n;
}

// Returns the old value.
ALWAYS_INLINE uint32_t
or_seq(AtomicU32 *p, uint32_t bits)
{
	return atomic_fetch_or_explicit(p, bits, memory_order_seq_cst);
}

ALWAYS_INLINE uint32_t
swap_acqrel(AtomicU32 *p, uint32_t v)
{
	return atomic_exchange_explicit(p, v, memory_order_seq_cst);
}

ALWAYS_INLINE uint64_t
load64_seq(const AtomicU64 *p)
{
	return atomic_load_explicit(p, memory_order_seq_cst);
}

ALWAYS_INLINE uint64_t
load64_acq(const AtomicU64 *p)
{
	return atomic_load_explicit(p, memory_order_acquire);
}

ALWAYS_INLINE void
store64_rel(AtomicU64 *p, uint64_t v)
{
	atomic_store_explicit(p, v, memory_order_release);
}

ALWAYS_INLINE uint64_t
load64_relaxed(const AtomicU64 *p)
{
#ifdef __wasm__
	return *(const volatile uint64_t *)p;
#else
	return atomic_load_explicit(p, memory_order_relaxed);
#endif
}

ALWAYS_INLINE void
store64_relaxed(AtomicU64 *p, uint64_t v)
{
#ifdef __wasm__
	*(volatile uint64_t *)p = v;
#else
	atomic_store_explicit(p, v, memory_order_relaxed);
#endif
}

ALWAYS_INLINE uint64_t
add64_seq(AtomicU64 *p, uint64_t n)
{
	return atomic_fetch_add_explicit(p, n, memory_order_seq_cst) + n;
}

ALWAYS_INLINE bool
cas64_acqrel(AtomicU64 *p, uint64_t old, uint64_t new)
{
	return atomic_compare_exchange_strong_explicit(p, &old, new, memory_order_seq_cst,
	                                               memory_order_acquire);
}

ALWAYS_INLINE uintptr_t
loadp_acq(const AtomicPtr *p)
{
	return atomic_load_explicit(p, memory_order_acquire);
}

ALWAYS_INLINE uintptr_t
loadp_relaxed(const AtomicPtr *p)
{
#ifdef __wasm__
	return *(const volatile uintptr_t *)p;
#else
	return atomic_load_explicit(p, memory_order_relaxed);
#endif
}

ALWAYS_INLINE void
storep_rel(AtomicPtr *p, uintptr_t v)
{
	atomic_store_explicit(p, v, memory_order_release);
}

ALWAYS_INLINE void
storep_relaxed(AtomicPtr *p, uintptr_t v)
{
#ifdef __wasm__
	*(volatile uintptr_t *)p = v;
#else
	atomic_store_explicit(p, v, memory_order_relaxed);
#endif
}

ALWAYS_INLINE bool
casp_acqrel(AtomicPtr *p, uintptr_t old, uintptr_t new)
{
	return atomic_compare_exchange_strong_explicit(p, &old, new, memory_order_seq_cst,
	                                               memory_order_acquire);
}

ALWAYS_INLINE uintptr_t
loadp_seq(const AtomicPtr *p)
{
	return atomic_load_explicit(p, memory_order_seq_cst);
}

ALWAYS_INLINE uintptr_t
swapp_acqrel(AtomicPtr *p, uintptr_t v)
{
	return atomic_exchange_explicit(p, v, memory_order_seq_cst);
}

// Adds and returns the new value.
ALWAYS_INLINE uintptr_t
addp_seq(AtomicPtr *p, uintptr_t n)
{
	return atomic_fetch_add_explicit(p, n, memory_order_seq_cst) + n;
}

// Other threads see the writes before the fence earlier than the writes after it.
ALWAYS_INLINE void
fence_seq(void)
{
	atomic_thread_fence(memory_order_seq_cst);
}

#endif
