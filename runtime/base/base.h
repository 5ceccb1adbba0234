#ifndef RT_BASE_H
#define RT_BASE_H

// Words that every other file uses: fixed-size types, small helpers, markers for people and for
// the house test. Compiler extensions may appear only here.

#include "names.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define nelem(a) (sizeof(a) / sizeof((a)[0]))
#define round_up(n, to) (((n) + (to)-1) & ~((uintptr_t)(to)-1))

// The function may park, yield or be preempted: after the call the goroutine may be on another M
// and P. A caller must not keep an M, a P or a pointer into one across the call. G stays valid.
#define MAYSWITCH

#define NORETURN _Noreturn
#define WEAK __attribute__((weak)) // a program may define its own
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
// The module exports the function, for the host or the link step.
#ifdef __wasm__
#define EXPORT(name) __attribute__((used, visibility("default"), export_name(#name)))
#else
#define EXPORT(name)
#endif
// The function may read memory that a sanitizer forbids.
#define NO_SANITIZE __attribute__((no_sanitize("address"), no_sanitize("thread")))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

// The record that holds the member at p.
#define container_of(p, type, member) ((type *)(void *)((char *)(p)-offsetof(type, member)))

typedef struct G G;
typedef struct M M;
typedef struct P P;
typedef struct Leaving Leaving;
typedef struct Protect Protect;

enum {
	CacheLine = 64,
	MaxStackRecord = 32, // pcs in a StackRecord (Go 1)
};

#endif
