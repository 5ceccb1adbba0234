#ifndef BENCH_H
#define BENCH_H

// A benchmark is a function that does its work n times. The loops stand in functions that are
// entered many times (CHUNK turns each), because a frame that is entered once is never replaced by
// optimised code.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <worldsema.h>

enum { CHUNK = 1000 };

typedef struct Bench Bench;
struct Bench {
	const char *name;
	void (*run)(int n);
	int n; // turns that take some tenths of a second
};

extern const Bench bench_switch[], bench_sync[], bench_programs[], bench_look[], bench_stop[],
	bench_mem[];

// Turns in pieces of CHUNK.
#define IN_CHUNKS(n, call)                                 \
	for (int left_ = (n); left_ > 0; left_ -= CHUNK) { \
		int turns = left_ < CHUNK ? left_ : CHUNK; \
		call;                                      \
	}

// The bench says itself how long one turn took, ns (else the harness divides).
extern double bench_ns;
// The first, short call of it, which is not counted.
extern bool bench_warm;

#endif
