#ifndef OS_SHAPE_H
#define OS_SHAPE_H

// Old C defines thread functions and handlers without parameters, or without a result. wasm traps
// if a function is called by another type than its own. So functions of the program that the C
// library calls by a pointer are called by the type that they have.

#include <stdint.h>

#include "../runtime/base/base.h"

// A type of 32-bit words: up to three parameters, and perhaps a result.
#define SHAPE(parameters, results) ((parameters)*2 + (results))

// The SHAPE of a function.
enum { UnknownShape = SHAPE(4, 0) };
uint32_t rt_link_shape(uintptr_t fn);

// Calls fn with as many of the words as it takes; returns its result, or 0. `expected` is the type
// that the C library expects: fn is called by it if its own is no SHAPE.
MAYSWITCH uintptr_t rt_thread_call(void *fn, uint32_t expected, uintptr_t a, uintptr_t b,
                                   uintptr_t c);

#endif
